#include "runtime/status_command.hpp"

#include <unistd.h>

#include <iostream>

#include <CLI/CLI.hpp>

#include "http/status_text.hpp"
#include "runtime/command_loop.hpp"
#include "runtime/init_environment.hpp"
#include "runtime/status_table.hpp"

namespace runtime {
namespace {

constexpr int not_well = 1;
// Longer than PID 1 waits for the members' answers.
constexpr auto patience = std::chrono::seconds(15);
constexpr auto between_looks = std::chrono::seconds(2);
constexpr auto clear_screen = "\033[H\033[2J";

struct Look {
  int exit_status = usage_error;
  std::string text{};   ///< for standard output
  std::string error{};  ///< why there is none
};

Look look(CommandLoop& loop, bool as_json, Colours colours) {
  const auto text = loop.ask<std::string>(
      [](const auto& executor) { return http::show_members(executor, patience); });
  if (!text) return {.error = text.error().message};
  const auto members = http::parse_members(*text);
  if (!members) return {.error = "PID 1 answered what is no status: " + members.error()};
  return {.exit_status = is_well(*members) ? 0 : not_well,
          .text = as_json ? *text : status_table(*members, colours)};
}

/// https://no-color.org: any value but an empty one means no colours.
Colours colours_of(bool terminal, const std::vector<std::string>& environment) {
  const bool unwanted = !variable(environment, "NO_COLOR").value_or("").empty();
  const bool dumb = variable(environment, "TERM") == "dumb";
  return terminal && !unwanted && !dumb ? Colours::terminal : Colours::none;
}

void show(const Look& seen) {
  std::cout << seen.text << std::flush;
  if (!seen.error.empty()) std::cerr << "pgordinal: " << seen.error << '\n';
}

/// Until a signal comes. PID 1 may be away for a while once it was there.
int watch(CommandLoop& loop, Look seen, bool as_json, bool terminal, Colours colours) {
  for (;;) {
    if (terminal) std::cout << clear_screen;
    show(seen);
    loop.rest(between_looks);
    const int last = seen.exit_status;
    if (loop.interrupted()) return last;
    seen = look(loop, as_json, colours);
    if (loop.interrupted()) return last;
    if (!terminal && !as_json) std::cout << '\n';
  }
}

struct StatusLine {
  static constexpr std::string_view about =
      "Shows who is the primary, what every member does, and what to do. Ends with 0 where all is "
      "well, with 1 where it is not, with 2 where it cannot tell.";
  bool as_json = false;
  bool again = false;

  void define(CLI::App& app) {
    app.add_flag("--json", as_json, "the same in JSON, one object for each member");
    app.add_flag("--watch", again, "again every 2 s, until it is interrupted");
  }
};

int status(const std::vector<std::string>& args, const std::vector<std::string>& environment) {
  const auto line = read_line<StatusLine>(status_command.name, args);
  if (!line) return line.error();
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  const Colours colours = colours_of(terminal, environment);
  CommandLoop loop;
  const Look seen = look(loop, line->as_json, colours);
  if (line->again && seen.error.empty())
    return watch(loop, seen, line->as_json, terminal && !line->as_json, colours);
  show(seen);
  return seen.exit_status;
}

}  // namespace

constinit const OwnCommand status_command{
    .name = "status",
    .arguments = "[--json|--watch]",
    .summary = "who is the primary, what is each member doing, what to do",
    .run = status,
    .words = words_of<StatusLine>};

}  // namespace runtime
