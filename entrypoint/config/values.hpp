#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/keys.hpp"
#include "config/problem.hpp"

namespace config {

/// A value that its key's row of the table allows.
struct Value {
  std::string text;  ///< as people write it
  std::int64_t number =
      0;  ///< boolean: 0 or 1; duration: milliseconds; size: bytes, -1 for one of the words
  std::vector<std::string> list;
};

/// Where a value stands: a place in the file, or an environment variable.
struct Place {
  std::string file;
  unsigned line = 0;
  unsigned column = 0;
  std::string variable;
};
[[nodiscard]] std::string to_text(
    const Place& place);  ///< `FILE:LINE`, `environment NAME`, `default`
[[nodiscard]] Problem problem_at(const Place& place, std::string key, std::string found,
                                 std::string expected, std::string remedy = {});

/// Each reads one notation and leaves the range to the caller. Nothing where `text` is not of that
/// form.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);
[[nodiscard]] std::optional<std::int64_t> parse_duration(std::string_view text);  ///< milliseconds
[[nodiscard]] std::optional<std::int64_t> parse_size(std::string_view text);      ///< bytes
[[nodiscard]] std::optional<bool> parse_boolean(
    std::string_view text);  ///< on, true, yes, 1 and their opposites

/// The value of an environment variable (or a string of the file), checked against the key's row;
/// nothing where it is not what expectation() says.
[[nodiscard]] std::optional<Value> read_value(const Key& row, std::string_view text);
[[nodiscard]] std::optional<Value> read_value(const Key& row, std::int64_t number);
[[nodiscard]] std::optional<Value> read_value(const Key& row, std::vector<std::string> list);
/// The default of the table; keys without one have an empty value.
[[nodiscard]] Value standard_value(const Key& row);

[[nodiscard]] std::vector<std::string> split(std::string_view text,
                                             char separator);  ///< trimmed, empty ones dropped
[[nodiscard]] std::string_view trimmed(std::string_view text);
[[nodiscard]] std::string lower_case(std::string_view text);

}  // namespace config
