#include "runtime/commands.hpp"

#include <iostream>

#include <CLI/CLI.hpp>

#include "build_version.hpp"
#include "config/check.hpp"
#include "config/keys.hpp"
#include "log/termination_message.hpp"
#include "process/exec.hpp"
#include "process/init.hpp"
#include "runtime/install.hpp"
#include "runtime/orders.hpp"
#include "runtime/status_command.hpp"

namespace runtime {
namespace {

constexpr std::string_view usage =
    "pgordinal runs PostgreSQL as PID 1: alone, or replicated by the ordinal of its pod in a "
    "StatefulSet.\n"
    "\n"
    "As the ENTRYPOINT of a PostgreSQL image it takes what the official image's entrypoint takes:\n"
    "  pgordinal postgres [OPTION]...     serve; bootstrap or clone first where PGDATA is empty\n"
    "  pgordinal -c NAME=VALUE ...        the same\n"
    "  pgordinal COMMAND [ARG]...         any other command, untouched\n"
    "\n"
    "Its own commands:\n"
    "  pgordinal check [--config FILE]    show the effective settings, or every mistake in them\n"
    "  pgordinal init -- COMMAND [ARG]... run any command under the same init\n"
    "  pgordinal install PATH             copy this program to a file or into a directory, and run "
    "it there once\n"
    "  pgordinal status [--json|--watch]  who is the primary, what is each member doing, what to "
    "do\n"
    "  pgordinal switchover [POD]         hand the primary's role over (elected mode)\n"
    "  pgordinal failover POD --lose-data make POD the primary, whatever it lacks (elected mode)\n"
    "  pgordinal --version, --help\n"
    "\n"
    "Settings, in /etc/pgordinal/pgordinal.toml or in the environment:\n";

int version() {
  std::cout << "pgordinal " << BUILD_VERSION << " (" << BUILD_REVISION << ")\nlinked in:\n";
  for (const BuildComponent& part : BUILD_COMPONENTS)
    std::cout << "  " << part.name << ' ' << part.version << ", " << part.licence << '\n';
  std::cout << std::flush;
  return 0;
}

int help() {
  std::cout << usage << config::help() << std::flush;
  return 0;
}

int check(const std::vector<std::string>& args) {
  CLI::App app("Shows the effective settings and where each came from, or every mistake in them.",
               "pgordinal check");
  std::string file;
  bool default_config = false;
  app.add_option("--config", file, "settings file (default: /etc/pgordinal/pgordinal.toml)");
  app.add_flag("--print-default-config", default_config,
               "print the documented default file and leave");
  try {
    app.parse(std::vector<std::string>(args.rbegin(), args.rend()));
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  if (default_config) {
    std::cout << config::documented_file() << std::flush;
    return 0;
  }
  const int code =
      config::check(config::system_input(file.empty() ? std::nullopt : std::optional(file)),
                    std::cout, std::cerr);
  std::cout.flush();
  return code;
}

int init(std::vector<std::string> args, const std::vector<std::string>& environment) {
  if (args.size() < 2 || args.front() != "--") {
    std::cerr << "usage: pgordinal init -- COMMAND [ARG]...\n";
    return 2;
  }
  args.erase(args.begin());
  return process::run_init(args, environment);
}

int install_program(const std::vector<std::string>& args) {
  if (args.size() != 1 || args.front().starts_with('-')) {
    std::cerr << "usage: pgordinal install PATH\n";
    return 2;
  }
  const auto installed = install(args.front());
  if (!installed) {
    const std::string message = "install: " + installed.error();
    std::cerr << "pgordinal: " << message << '\n';
    logs::leave_termination_message_as_pid_1(message);
    return 1;
  }
  std::cout << "pgordinal " << BUILD_VERSION << " is at " << installed->string() << '\n'
            << std::flush;
  return 0;
}

}  // namespace

int run_command(const invocation::Own& own, const std::vector<std::string>& environment) {
  if (own.name == "--version") return version();
  if (own.name == "--help") return help();
  if (own.name == "check") return check(own.args);
  if (own.name == "install") return install_program(own.args);
  if (own.name == "status") return status(own.args, environment);
  if (own.name == "switchover") return switchover(own.args);
  if (own.name == "failover") return failover(own.args);
  return init(own.args, environment);
}

}  // namespace runtime
