#include "config/check.hpp"

#include <algorithm>
#include <ostream>

namespace config {
namespace {

constexpr std::size_t widest_column = 60;

std::string shown_value(const Effective& setting) {
  if (setting.value.empty()) return "(not set)";
  const auto breaks = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return std::ranges::any_of(setting.value, breaks) ? in_quotes(setting.value) : setting.value;
}

void print_settings(const std::vector<Effective>& settings, std::ostream& out) {
  std::vector<std::string> lines;
  std::size_t column = 0;
  for (const Effective& setting : settings) {
    lines.push_back(setting.key + " = " + shown_value(setting));
    if (lines.back().size() < widest_column) column = std::max(column, lines.back().size());
  }
  for (std::size_t i = 0; i < settings.size(); ++i) {
    const std::size_t gap = lines[i].size() < column ? column - lines[i].size() : 0;
    out << lines[i] << std::string(gap + 2, ' ') << "# " << settings[i].origin << '\n';
  }
}

}  // namespace

int check(Input input, std::ostream& out, std::ostream& error) {
  input.only_check = true;
  const auto loaded = load(input);
  if (!loaded) {
    print(error, loaded.error());
    return 1;
  }
  print_settings(loaded->effective, out);
  for (const std::string& note : loaded->notes)
    out << "note: " << note << '\n';
  return 0;
}

}  // namespace config
