#include "runtime/commands.hpp"

#include <iomanip>
#include <iostream>

#include <CLI/CLI.hpp>

#include "build_version.hpp"
#include "config/check.hpp"
#include "config/keys.hpp"
#include "log/termination_message.hpp"
#include "process/exec.hpp"
#include "process/init.hpp"
#include "runtime/command_table.hpp"
#include "runtime/install.hpp"

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
    "Its own commands:\n";

constexpr std::string_view settings_follow =
    "\nSettings, in /etc/pgordinal/pgordinal.toml or in the environment:\n";

void print_command(std::string_view call, std::string_view summary) {
  constexpr int width = 35;
  std::cout << "  pgordinal " << std::left << std::setw(width - 10) << call << ' ' << summary
            << '\n';
}

int version() {
  std::cout << "pgordinal " << BUILD_VERSION << " (" << BUILD_REVISION << ")\nlinked in:\n";
  for (const BuildComponent& part : BUILD_COMPONENTS)
    std::cout << "  " << part.name << ' ' << part.version << ", " << part.licence << '\n';
  std::cout << std::flush;
  return 0;
}

int help() {
  std::cout << usage;
  for (const OwnCommand* each : own_commands())
    print_command(std::string(each->name) + " " + std::string(each->arguments), each->summary);
  print_command("--version, --help", "of PostgreSQL as well, where it is there");
  std::cout << settings_follow << config::help() << std::flush;
  return 0;
}

struct CheckLine {
  static constexpr std::string_view about =
      "Shows the effective settings and where each came from, or every mistake in them.";
  std::string file;
  bool default_config = false;

  void define(CLI::App& app) {
    app.add_option("--config", file, "settings file (default: /etc/pgordinal/pgordinal.toml)");
    app.add_flag("--print-default-config", default_config,
                 "print the documented default file and leave");
  }
};

int check(const std::vector<std::string>& args, const std::vector<std::string>&) {
  const auto line = read_line<CheckLine>(check_command.name, args);
  if (!line) return line.error();
  if (line->default_config) {
    std::cout << config::documented_file() << std::flush;
    return 0;
  }
  const auto input =
      config::system_input(line->file.empty() ? std::nullopt : std::optional(line->file));
  const int code = config::check(input, std::cout, std::cerr);
  std::cout.flush();
  return code;
}

std::vector<std::string> no_words() {
  return {};
}

int init(const std::vector<std::string>& args, const std::vector<std::string>& environment) {
  if (args.size() < 2 || args.front() != "--") {
    std::cerr << "usage: pgordinal init -- COMMAND [ARG]...\n";
    return usage_error;
  }
  return process::run_init({args.begin() + 1, args.end()}, environment);
}

int install_program(const std::vector<std::string>& args, const std::vector<std::string>&) {
  if (args.size() != 1 || args.front().starts_with('-')) {
    std::cerr << "usage: pgordinal install PATH\n";
    return usage_error;
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

constinit const OwnCommand check_command{
    .name = "check",
    .arguments = "[--config FILE]",
    .summary = "show the effective settings, or every mistake in them",
    .run = check,
    .words = words_of<CheckLine>};

constinit const OwnCommand init_command{.name = "init",
                                        .arguments = "-- COMMAND [ARG]...",
                                        .summary = "run any command under the same init",
                                        .run = init,
                                        .words = no_words};

constinit const OwnCommand install_command{
    .name = "install",
    .arguments = "PATH",
    .summary = "copy this program to a file or into a directory, and run it there once",
    .run = install_program,
    .words = no_words};

int run_command(const invocation::Own& own, const std::vector<std::string>& environment) {
  if (own.name == "--version") return version();
  const OwnCommand* command = own_command(own.name);
  return command == nullptr ? help() : command->run(own.args, environment);
}

}  // namespace runtime
