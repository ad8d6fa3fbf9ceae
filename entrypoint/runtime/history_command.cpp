#include "runtime/history_command.hpp"

#include <iostream>

#include <CLI/CLI.hpp>

#include "core/status.hpp"
#include "http/control.hpp"
#include "runtime/command_loop.hpp"

namespace runtime {
namespace {

constexpr auto patience = std::chrono::seconds(10);

struct HistoryLine {
  static constexpr std::string_view about =
      "Shows how the role of this pod's server changed since PID 1 was started, when, and what led "
      "to it. Earlier ones are in the logs.";
  bool as_json = false;

  void define(CLI::App& app) { app.add_flag("--json", as_json, "the same in JSON"); }
};

int history(const std::vector<std::string>& args, const std::vector<std::string>&) {
  const auto line = read_line<HistoryLine>(history_command.name, args);
  if (!line) return line.error();
  CommandLoop loop;
  const auto text = loop.ask<std::string>(
      [](const auto& executor) { return http::show_history(executor, patience); });
  if (!text) {
    std::cerr << "pgordinal: " << text.error().message << '\n';
    return text.error().nobody ? usage_error : refused;
  }
  const auto parsed = http::parse_history(*text);
  if (!parsed) {
    std::cerr << "pgordinal: PID 1 answered what is no history: " << parsed.error() << '\n';
    return refused;
  }
  std::cout << (line->as_json ? *text : history_table(*parsed)) << std::flush;
  return 0;
}

}  // namespace

std::string history_table(const http::History& history) {
  std::string text = history.pod + ", since its PID 1 was started" +
                     (history.cut ? " (the last changes only; the log has all)" : "") + ":\n";
  for (const http::RoleEvent& each : history.events) {
    std::string role = each.role;
    role.resize(std::max<std::size_t>(role.size(), 7), ' ');
    text += each.at + "  " + role + "  " + each.reason + '\n';
    if (!each.text.empty()) text += "    " + each.text + '\n';
  }
  if (history.events.empty()) text += "the server was not ready yet\n";
  if (history.last_outage) {
    const auto ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(*history.last_outage).count();
    text += "its last take-over: nobody could be written to for " + std::to_string(ms) + " ms\n";
  }
  return text;
}

constinit const OwnCommand history_command{
    .name = "history",
    .arguments = "[--json]",
    .summary = "how the role of this pod's server changed, when and why",
    .run = history,
    .words = words_of<HistoryLine>};

}  // namespace runtime
