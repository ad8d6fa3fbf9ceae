#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace runtime {

/// Exit status of a command that was called wrongly, or that finds no PID 1 of ours.
inline constexpr int usage_error = 2;
/// Exit status of an order that was refused, or of which nobody knows what became of it.
inline constexpr int refused = 1;

/// One of our own sub-commands. Each is defined in the file that runs it, and all are listed in
/// command_table.cpp: `--help`, the grammar of the command line and the shell completion come from
/// there.
struct OwnCommand {
  std::string_view name;
  std::string_view arguments;  ///< `[POD]`
  std::string_view summary;    ///< a line of `pgordinal --help`
  int (*run)(const std::vector<std::string>& args, const std::vector<std::string>& environment);
  /// What may be typed behind the name: `--dry-run`, `bash`.
  std::vector<std::string> (*words)();
};

/// Tells CLI11 what a command may be called with.
using Define = std::function<void(CLI::App&)>;

/// CLI11's own texts, but our exit status. Nothing: the command goes on.
[[nodiscard]] std::optional<int> parse_arguments(std::string_view name, std::string_view about,
                                                 const std::vector<std::string>& args,
                                                 const Define& define);
/// The options that are defined, `--json`.
[[nodiscard]] std::vector<std::string> options_of(const Define& define);

/// `Line`: what a command was called with, with `about` in words, and `define`. The error is the
/// exit status: 0 where help was asked for.
template <class Line>
std::expected<Line, int> read_line(std::string_view name, const std::vector<std::string>& args) {
  Line line;
  const auto status =
      parse_arguments(name, Line::about, args, [&line](CLI::App& app) { line.define(app); });
  if (status) return std::unexpected(*status);
  return line;
}

template <class Line>
std::vector<std::string> words_of() {
  Line line;
  return options_of([&line](CLI::App& app) { line.define(app); });
}

}  // namespace runtime
