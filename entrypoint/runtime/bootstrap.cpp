#include "runtime/bootstrap.hpp"

#include <unistd.h>

#include <iostream>

#include "log/log.hpp"
#include "postgres/access.hpp"
#include "postgres/bootstrap_marker.hpp"
#include "postgres/files.hpp"
#include "postgres/old_data.hpp"
#include "postgres/sql.hpp"
#include "postgres/words.hpp"
#include "runtime/bootstrap_messages.hpp"
#include "runtime/clock.hpp"
#include "runtime/cluster_roles.hpp"
#include "runtime/configure.hpp"
#include "runtime/init_files.hpp"
#include "runtime/initdb.hpp"
#include "runtime/passwords.hpp"
#include "runtime/temporary_server.hpp"

namespace runtime {
namespace {

using boost::asio::awaitable;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// For one statement on the temporary server. CREATE DATABASE copies template1, on a slow disk for
/// a while.
constexpr core::Duration statement_limit = 5min;

/// initdb runs `postgres` by popen(3).
constexpr const char* shell = "/bin/sh";

/// Logs how long each step took.
class Steps {
 public:
  void done(std::string_view step) {
    const core::Instant at = now();
    logs::event(logs::Level::debug, "bootstrap_step",
                {{"step", step}, {"ms", (at - since_) / 1ms}});
    since_ = at;
  }

 private:
  core::Instant since_ = now();
};

/// What is needed for a bootstrap, found out before anything is made (contract clause 28).
struct Plan {
  std::vector<std::string> initdb_words;
  std::vector<InitFile> files;
};

Outcome<Plan> plan(const Context& context) {
  const core::OfficialSettings& official = context.settings.official;
  const bool trust = official.host_auth_method == "trust";
  if (official.password.empty() && !trust) {
    std::cerr << password_missing() << std::flush;
    return std::unexpected(
        Failure{.message = "POSTGRES_PASSWORD is not set and the data directory is empty"});
  }
  if (trust) std::cerr << trust_warning() << std::flush;
  if (const auto old = postgres::old_data_error(official.pgdata, official.major)) {
    std::cerr << *old << std::flush;
    return std::unexpected(
        Failure{.message = "there is data in a place that PostgreSQL 18's layout does not use"});
  }
  if (::access(shell, X_OK) != 0) {
    return std::unexpected(
        Failure{.message = "initdb needs " + std::string(shell) +
                           ", which is not in this image. Initialise the volume with an image that "
                           "has a shell; serving it, or cloning another member, needs none"});
  }
  auto files = list_init_files(init_directory, collation_locale(context.environment));
  if (!files) return std::unexpected(Failure{.message = files.error()});
  if (const auto usable = check_init_files(context, *files); !usable)
    return std::unexpected(usable.error());
  auto words = postgres::split_words(official.initdb_args);
  if (!words) return std::unexpected(Failure{.message = "POSTGRES_INITDB_ARGS: " + words.error()});
  return Plan{.initdb_words = std::move(*words), .files = std::move(*files)};
}

Failure sql_failure(std::string_view what, const postgres::SqlError& error) {
  return Failure{.message = std::string(what) + ": " + error.message};
}

/// `host all all all METHOD`, and our own lines in their place around it.
awaitable<Outcome<>> admit_hosts(const Context& context, postgres::Session& session) {
  const core::OfficialSettings& official = context.settings.official;
  std::string method = official.host_auth_method;
  if (method.empty()) {
    const auto shown = co_await session.run("SHOW password_encryption", statement_limit);
    if (!shown) co_return std::unexpected(sql_failure("SHOW password_encryption", shown.error()));
    method = shown->rows.at(0).at(0).value_or("scram-sha-256");
  }
  const fs::path file = fs::path(official.pgdata) / "pg_hba.conf";
  const auto text = postgres::read_file(file);
  if (!text) co_return std::unexpected(failure(text.error()));
  const std::string major = std::to_string(session.server_major());
  const auto written = postgres::write_file_atomically(
      file, text->value_or("") + postgres::hba_host_lines(method, major), 0600);
  if (!written) co_return std::unexpected(failure(written.error()));
  const auto configured = configure(context, core::Role::primary, {});
  if (!configured) co_return std::unexpected(configured.error());
  co_return Outcome<>{};
}

awaitable<Outcome<>> create_database(const Context& context, postgres::Session& session) {
  const std::string& name = context.settings.official.database;
  const std::vector<std::optional<std::string>> parameters(1, name);
  const auto found =
      co_await session.query(postgres::sql::database_exists(), parameters, statement_limit);
  if (!found) co_return std::unexpected(sql_failure("looking for database " + name, found.error()));
  if (!found->rows.empty()) co_return Outcome<>{};
  const auto created = co_await session.run(postgres::sql::create_database(name), statement_limit);
  if (!created)
    co_return std::unexpected(sql_failure("creating database " + name, created.error()));
  std::cout << "CREATE DATABASE\n\n" << std::flush;
  co_return Outcome<>{};
}

awaitable<Outcome<>> create_roles(const Context& context, postgres::Session& session) {
  if (context.settings.cluster.mode == core::Mode::standalone) co_return Outcome<>{};
  const auto roles = cluster_roles(context.settings);
  if (!roles) co_return std::unexpected(roles.error());
  const auto created =
      co_await session.run(postgres::sql::joined(roles->statements), statement_limit);
  if (!created)
    co_return std::unexpected(sql_failure("creating the roles of static mode", created.error()));
  const auto recorded = record_passwords(context.settings);
  if (!recorded) co_return recorded;
  co_return write_key(context.settings, roles->key);
}

awaitable<Outcome<pid_t>> set_up_in_session(const Context& context, const TemporaryServer& server) {
  auto session = co_await postgres::Session::connect(server.login("postgres"), statement_limit);
  if (!session)
    co_return std::unexpected(sql_failure("connecting to the temporary server", session.error()));
  auto done = co_await admit_hosts(context, *session);
  if (done) done = co_await create_database(context, *session);
  if (done) done = co_await create_roles(context, *session);
  if (!done) co_return std::unexpected(done.error());
  co_return session->server_pid();
}

/// All that is ours to do by SQL. The session ends with it: a file may want to drop or copy
/// database postgres.
awaitable<Outcome<>> set_up(const Context& context, const TemporaryServer& server) {
  const auto backend = co_await set_up_in_session(context, server);
  if (!backend) co_return std::unexpected(backend.error());
  co_await server.wait_for_end_of(*backend);
  co_return Outcome<>{};
}

/// From the temporary server's start to its stop.
awaitable<Outcome<>> fill(LongRun& run, const Context& context, const std::vector<InitFile>& files,
                          Steps& steps) {
  auto server = co_await TemporaryServer::start(run, context);
  if (!server) co_return std::unexpected(server.error());
  steps.done("temporary server");
  auto done = co_await set_up(context, *server);
  steps.done("set up");
  if (done)
    done =
        co_await run_init_files(run, context, files, server->socket_directory(), server->options());
  steps.done("init files");
  if (!done) {
    co_await server->abandon();
    co_return done;
  }
  done = co_await server->stop();
  steps.done("stop");
  co_return done;
}

}  // namespace

Outcome<> finish_bootstrap(const Context& context) {
  const auto removed = postgres::remove_marker(context.settings.official.pgdata);
  if (!removed) return std::unexpected(failure(removed.error()));
  return {};
}

awaitable<Outcome<>> bootstrap(LongRun& run, const Context& context, MarkerAtEnd marker) {
  Steps steps;
  const auto planned = plan(context);
  if (!planned) co_return std::unexpected(planned.error());
  auto done = co_await make_cluster(run, context, planned->initdb_words);
  if (!done) co_return done;
  steps.done("initdb");
  done = co_await fill(run, context, planned->files, steps);
  if (!done) co_return done;
  done = co_await sync_cluster(run, context);
  if (!done) co_return done;
  steps.done("sync");
  if (marker == MarkerAtEnd::removed) {
    done = finish_bootstrap(context);
    if (!done) co_return done;
  }
  std::cout << init_complete << std::flush;
  co_return Outcome<>{};
}

}  // namespace runtime
