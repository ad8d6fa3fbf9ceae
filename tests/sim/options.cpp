#include "options.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "bugs.hpp"

namespace sim {
namespace {

constexpr std::string_view usage =
    "simulation [--seeds N] [--first S] [--minutes M] [--threads N] [--no-bugs] [--report FILE]: "
    "runs N "
    "seeds and puts each bug in\n"
    "simulation --seed S [--lines N]: runs one seed and tells its last events\n"
    "both: --bug NAME puts that bug in\n"
    "simulation --speed [--seeds N]: how long changes of the primary take\n";

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<core::elected::Bug> bug_named(std::string_view name) {
  for (const SeededBug& each : seeded_bugs()) {
    if (each.name == name) return each.bug;
  }
  return std::nullopt;
}

bool take(Options& options, std::string_view word, std::string_view value) {
  if (word == "--report") {
    options.report = value;
    return true;
  }
  if (word == "--bug") {
    const auto bug = bug_named(value);
    if (bug) options.bug = *bug;
    return bug.has_value();
  }
  const auto count = number(value);
  if (!count) return false;
  if (word == "--seeds") options.seeds = *count;
  if (word == "--first") options.first = *count;
  if (word == "--minutes") options.minutes = static_cast<int>(*count);
  if (word == "--threads") options.threads = std::max(1U, static_cast<unsigned>(*count));
  if (word == "--seed") options.seed = count;
  if (word == "--lines") options.lines = *count;
  return true;
}

}  // namespace

std::expected<Options, std::string> read_options(std::span<char*> words) {
  constexpr std::array with_value = {std::string_view{"--seeds"},   std::string_view{"--first"},
                                     std::string_view{"--minutes"}, std::string_view{"--threads"},
                                     std::string_view{"--seed"},    std::string_view{"--lines"},
                                     std::string_view{"--bug"},     std::string_view{"--report"}};
  Options options;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word == "--no-bugs") {
      options.bugs = false;
      continue;
    }
    if (word == "--speed") {
      options.speed = true;
      continue;
    }
    const bool known = std::ranges::find(with_value, word) != with_value.end();
    const bool good = known && i + 1 < words.size() && take(options, word, words[i + 1]);
    if (!good)
      return std::unexpected("not understood: " + std::string(word) + "\n" + std::string(usage));
    ++i;
  }
  return options;
}

}  // namespace sim
