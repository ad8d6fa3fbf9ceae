#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

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

/// CLI11's own texts, but our exit status. Nothing: the command goes on.
[[nodiscard]] std::optional<int> parse_arguments(CLI::App& app,
                                                 const std::vector<std::string>& args);
/// The options that are defined, `--json`.
[[nodiscard]] std::vector<std::string> options(const CLI::App& app);

/// `Line`: what a command was called with, with `about` in words, and `define`, which tells CLI11.
/// The error is the exit status: 0 where help was asked for.
template <class Line>
std::expected<Line, int> read_line(std::string_view name, const std::vector<std::string>& args) {
  Line line;
  CLI::App app(std::string(Line::about), "pgordinal " + std::string(name));
  line.define(app);
  if (const auto status = parse_arguments(app, args)) return std::unexpected(*status);
  return line;
}

template <class Line>
std::vector<std::string> words_of() {
  Line line;
  CLI::App app;
  line.define(app);
  return options(app);
}

}  // namespace runtime
