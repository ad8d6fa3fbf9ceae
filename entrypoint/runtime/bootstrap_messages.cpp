#include "runtime/bootstrap_messages.hpp"

namespace runtime {

std::string password_missing() {
  return R"(Error: Database is uninitialized and superuser password is not specified.
       The data directory is empty, so a new database is to be made, and its
       superuser needs a password. Set POSTGRES_PASSWORD to one that is not
       empty, or POSTGRES_PASSWORD_FILE to a file that holds it (a Secret).

       POSTGRES_HOST_AUTH_METHOD=trust makes a database that admits everybody
       without a password. Only do that where nobody else can connect; see
       https://www.postgresql.org/docs/current/auth-trust.html
)";
}

std::string trust_warning() {
  return R"(********************************************************************************
WARNING: POSTGRES_HOST_AUTH_METHOD has been set to "trust". Whoever can reach
         this server's port gets in without a password, as any user: also as
         the superuser, and whether POSTGRES_PASSWORD is set or not.

         PostgreSQL describes what that means:
         https://www.postgresql.org/docs/current/auth-trust.html

         Nothing in this container or cluster protects the data then. Where
         that is not what you want, remove POSTGRES_HOST_AUTH_METHOD and set
         POSTGRES_PASSWORD (or POSTGRES_PASSWORD_FILE) before the database is
         made: on a database that exists neither changes anything.
********************************************************************************
)";
}

}  // namespace runtime
