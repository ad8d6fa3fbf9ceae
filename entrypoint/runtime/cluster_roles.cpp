#include "runtime/cluster_roles.hpp"

#include "postgres/files.hpp"
#include "postgres/layout.hpp"
#include "postgres/session_role.hpp"
#include "runtime/configure.hpp"
#include "runtime/random.hpp"

namespace runtime {
namespace {

namespace sql = postgres::sql;

std::string has_role(std::string_view role, std::string_view verifier, std::string_view attribute) {
  return "EXISTS (SELECT FROM pg_authid WHERE rolname = " + sql::literal(role) +
         " AND rolpassword = " + sql::literal(verifier) + " AND rolcanlogin AND " +
         std::string(attribute) + ")";
}

}  // namespace

Outcome<ClusterRoles> cluster_roles(const core::Settings& settings) {
  constexpr std::size_t key_bytes = 32;
  const core::ReplicationSettings& replication = settings.replication;
  ClusterRoles roles{.key = random_hex(key_bytes), .statements = sql::unlogged(), .proof = {}};
  const auto own = sql::scram_verifier(roles.key);
  const auto others = sql::scram_verifier(replication.password);
  if (!own) return std::unexpected(Failure{.message = own.error()});
  if (!others)
    return std::unexpected(
        Failure{.message = "the replication role's password: " + others.error()});
  for (const sql::Statements& more : {sql::session_role(postgres::session_role_name, *own),
                                      sql::replication_role(replication.user, *others)}) {
    roles.statements.insert(roles.statements.end(), more.begin(), more.end());
  }
  roles.proof = "SELECT 'made' WHERE " + has_role(postgres::session_role_name, *own, "rolsuper") +
                " AND " + has_role(replication.user, *others, "rolreplication") +
                " AND has_function_privilege(" + sql::literal(replication.user) +
                ", 'pg_catalog.pg_read_binary_file(text)', 'EXECUTE');";
  return roles;
}

Outcome<> write_key(const core::Settings& settings, const std::string& key) {
  const auto written = postgres::write_file_atomically(
      postgres::layout::in(settings.official.pgdata, postgres::layout::key), key + "\n", 0600);
  if (!written) return std::unexpected(failure(written.error()));
  return {};
}

}  // namespace runtime
