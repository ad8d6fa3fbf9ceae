#include "config/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace config {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};
constexpr std::array<Unit, 5> durations{
    {{"ms", 1}, {"s", 1000}, {"min", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
// PostgreSQL's names, and Kubernetes' for the same powers of 1024.
constexpr std::array<Unit, 9> sizes{{{"B", 1},
                                     {"kB", std::int64_t{1} << 10},
                                     {"MB", std::int64_t{1} << 20},
                                     {"GB", std::int64_t{1} << 30},
                                     {"TB", std::int64_t{1} << 40},
                                     {"Ki", std::int64_t{1} << 10},
                                     {"Mi", std::int64_t{1} << 20},
                                     {"Gi", std::int64_t{1} << 30},
                                     {"Ti", std::int64_t{1} << 40}}};

/// Digits, perhaps a space, and one of the units, which is not optional: `20` could be anything.
template <std::size_t Count>
std::optional<std::int64_t> parse_with_unit(std::string_view text,
                                            const std::array<Unit, Count>& units) {
  const auto digits = text.find_first_not_of("0123456789");
  if (digits == std::string_view::npos) return std::nullopt;
  const auto number = parse_integer(text.substr(0, digits));
  const auto unit = std::ranges::find(units, trimmed(text.substr(digits)), &Unit::name);
  if (!number || unit == units.end()) return std::nullopt;
  if (*number > std::numeric_limits<std::int64_t>::max() / unit->factor) return std::nullopt;
  return *number * unit->factor;
}

bool in_range(const Key& row, std::int64_t number) {
  return number >= row.least && number <= row.most;
}

bool is_word(const Key& row, std::string_view text) {
  return std::ranges::count(split(row.words, ' '), text) > 0;
}

std::optional<Value> number_value(const Key& row, std::string_view text,
                                  std::optional<std::int64_t> number) {
  if (!number || !in_range(row, *number)) return std::nullopt;
  return Value{.text = std::string(text), .number = *number, .list = {}};
}

std::optional<Value> list_value(std::vector<std::string> list) {
  Value value;
  for (const std::string& item : list)
    value.text += (value.text.empty() ? "" : ", ") + item;
  value.list = std::move(list);
  return value;
}

}  // namespace

std::string to_text(const Place& place) {
  if (!place.variable.empty()) return "environment " + place.variable;
  if (!place.file.empty()) return place.file + ":" + std::to_string(place.line);
  return "default";
}

Problem problem_at(const Place& place, std::string name, std::string found, std::string expected,
                   std::string remedy) {
  return {.file = place.file,
          .line = place.line,
          .column = place.column,
          .variable = place.variable,
          .key = std::move(name),
          .found = std::move(found),
          .expected = std::move(expected),
          .remedy = std::move(remedy)};
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::int64_t> parse_duration(std::string_view text) {
  return parse_with_unit(text, durations);
}

std::optional<std::int64_t> parse_size(std::string_view text) {
  return parse_with_unit(text, sizes);
}

std::optional<bool> parse_boolean(std::string_view text) {
  const std::string word = lower_case(text);
  for (const std::string_view yes : {"on", "true", "yes", "1"}) {
    if (word == yes) return true;
  }
  for (const std::string_view no : {"off", "false", "no", "0"}) {
    if (word == no) return false;
  }
  return std::nullopt;
}

std::optional<Value> read_value(const Key& row, std::string_view text) {
  switch (row.type) {
    case Type::text:
      if (text.find('\0') != std::string_view::npos) return std::nullopt;
      return Value{.text = std::string(text), .number = 0, .list = {}};
    case Type::boolean:
      if (const auto yes = parse_boolean(text)) return read_value(row, std::int64_t{*yes});
      return std::nullopt;
    case Type::integer: return number_value(row, text, parse_integer(text));
    case Type::duration: return number_value(row, text, parse_duration(text));
    case Type::size:
      if (is_word(row, text)) return Value{.text = std::string(text), .number = -1, .list = {}};
      return number_value(row, text, parse_size(text));
    case Type::choice:
      if (!is_word(row, text)) return std::nullopt;
      return Value{.text = std::string(text), .number = 0, .list = {}};
    case Type::list: return list_value(split(text, ','));
  }
  return std::nullopt;
}

std::optional<Value> read_value(const Key& row, std::int64_t number) {
  if (row.type == Type::boolean)
    return Value{.text = number != 0 ? "true" : "false", .number = number, .list = {}};
  return number_value(row, std::to_string(number), number);
}

std::optional<Value> read_value(const Key& row, std::vector<std::string> list) {
  if (row.type != Type::list) return std::nullopt;
  return list_value(std::move(list));
}

Value standard_value(const Key& row) {
  std::string_view text = row.standard;
  if (text.empty() || text == "[]") return {};
  if (text.front() == '"') text = text.substr(1, text.size() - 2);
  return read_value(row, text).value_or(Value{});
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    if (const auto item = trimmed(text.substr(0, end)); !item.empty()) items.emplace_back(item);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return items;
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

}  // namespace config
