#include "runtime/serve.hpp"

#include <unistd.h>

#include <csignal>
#include <iostream>
#include <sstream>

#include <boost/asio/io_context.hpp>

#include "config/load.hpp"
#include "log/log.hpp"
#include "log/termination_message.hpp"
#include "postgres/data_directory.hpp"
#include "postgres/ownership.hpp"
#include "process/lock.hpp"
#include "process/privileges.hpp"
#include "process/protection.hpp"
#include "runtime/by_ordinal.hpp"
#include "runtime/elected/by_lease.hpp"
#include "runtime/init_environment.hpp"
#include "runtime/loop.hpp"
#include "runtime/settings_in_use.hpp"

namespace runtime {
namespace {

constexpr std::string_view socket_directory = "/var/run/postgresql";
constexpr const char* server_user = "postgres";

int fail(std::string_view event, std::string_view message) {
  logs::event(logs::Level::error, event, {}, message);
  logs::leave_termination_message(message);
  return 1;
}

int fail(std::string_view event, const postgres::Problem& problem) {
  return fail(event, problem.what + " " + problem.remedy);
}

void say(const postgres::Notes& notes) {
  for (const std::string& note : notes)
    logs::event(logs::Level::warning, "volume", {}, note);
}

/// Directories that PostgreSQL accepts; as root, its user from here on. Nothing where all went
/// well.
std::optional<int> settle(const core::OfficialSettings& official,
                          std::vector<std::string>& environment) {
  std::optional<process::Account> account;
  std::optional<postgres::Account> owner;
  if (geteuid() == 0) {
    auto found = process::find_account(server_user);
    if (!found) return fail("no_account", found.error());
    account = *found;
    owner = postgres::Account{.uid = account->uid, .gid = account->gid};
  }
  const auto prepared = postgres::prepare_data_directory(official.pgdata, owner);
  if (!prepared) return fail("volume_refused", prepared.error());
  say(*prepared);
  for (const std::string& note : postgres::prepare_socket_directory(socket_directory, owner)) {
    logs::event(logs::Level::debug, "socket_directory", {}, note);
  }
  if (!official.initdb_waldir.empty()) {
    const bool empty =
        std::holds_alternative<core::directory::Empty>(postgres::inspect(official.pgdata));
    const auto waldir = postgres::prepare_waldir(official.initdb_waldir, owner, empty);
    if (!waldir) return fail("waldir_refused", waldir.error());
    say(*waldir);
  }
  if (account) {
    if (const auto became = process::become(*account); !became)
      return fail("privileges", became.error());
    // As gosu does. libpq in children would look for certificates in root's home and be refused.
    set_variable(environment, "HOME", account->home);
  }
  return {};
}

void say_skipping() {
  std::cout << "\nPostgreSQL Database directory appears to contain a database; Skipping "
               "initialization\n\n"
            << std::flush;
}

/// The part that both invocations share: settings, volume, lock, loop.
int run(SettingsInUse& in_use, std::vector<std::string> args, std::vector<std::string> environment,
        bool enforce) {
  const core::Settings& settings = in_use.settings();
  if (const auto failed = settle(settings.official, environment)) return *failed;
  const auto lock = process::lock_directory(settings.official.pgdata);
  if (!lock) {
    if (lock.error().kind != process::LockError::Kind::unsupported)
      return fail("volume_locked", lock.error().message);
    logs::event(logs::Level::warning, "volume_not_locked", {}, lock.error().message);
  }
  const bool exists =
      std::holds_alternative<core::directory::Cluster>(postgres::inspect(settings.official.pgdata));
  if (exists && enforce)
    return fail("database_exists",
                "the data directory " + settings.official.pgdata + " holds a database already");
  if (exists) say_skipping();

  const Context context{.settings = settings,
                        .server_args = std::move(args),
                        .environment = std::move(environment),
                        .reread_settings = [&in_use] { in_use.reread(); },
                        .last_reread = [&in_use]() -> const Reread& { return in_use.last(); },
                        .changed_files = [&in_use] { return in_use.changed_files(); },
                        .parameter_origins = [&in_use] { return in_use.parameter_origins(); }};
  // The end of the process closes everything: no destructor may wait for what still runs. Hence
  // _exit, below.
  static boost::asio::io_context io{1};
  auto signals = process::SignalSource::open(io.get_executor());
  if (!signals) return fail("signals", signals.error());
  Loop loop(io, std::move(*signals), context);
  const auto code = loop.run([&](const auto& executor, process::Reaper& reaper,
                                 std::function<void()> changed) -> MadeDriver {
    if (settings.cluster.mode == core::Mode::elected && !settings.bootstrap_only)
      return elected::ByLease::make(executor, reaper, context, lock.has_value(),
                                    std::move(changed));
    return std::make_unique<ByOrdinal>(executor, reaper, context, std::move(changed));
  });
  if (!code) return fail("not_started", code.error());
  std::cout.flush();
  std::cerr.flush();
  _exit(*code);
}

int start(std::vector<std::string> args, bool bootstrap_only, bool enforce) {
  // Secrets are read before root is given up: a file may be readable for root alone (contract
  // clause 23).
  config::Input input = config::system_input({});
  config::FilesInUse files(std::move(input.read_file));
  input.read_file = files.reader();
  auto environment = process::scrub_environment();
  auto loaded = config::load(input);
  if (!loaded) {
    config::print(std::cerr, loaded.error());
    std::ostringstream message;
    config::print(message, loaded.error());
    logs::leave_termination_message(message.view());
    return 1;
  }
  const core::ClusterSettings& cluster = loaded->settings.cluster;
  logs::set_up(loaded->settings.log,
               cluster.identity ? cluster.identity->pod().text : std::string{});
  for (const std::string& note : loaded->notes)
    logs::event(logs::Level::info, "settings", {}, note);
  process::not_dumpable();
  if (getpid() != 1 && !process::become_subreaper()) {
    logs::event(logs::Level::warning, "not_subreaper", {},
                "orphans of PostgreSQL's children will not be reaped by pgordinal");
  }
  SettingsInUse in_use(std::move(input), files, std::move(*loaded));
  if (bootstrap_only) in_use.leave_after_bootstrap();
  return run(in_use, std::move(args), std::move(environment), enforce);
}

}  // namespace

int serve(const invocation::Server& invocation) {
  return start(invocation.args, false, false);
}

int serve(const invocation::EnsureInitdb& invocation) {
  return start(invocation.args, true, invocation.enforce);
}

}  // namespace runtime
