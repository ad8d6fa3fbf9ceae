#pragma once

#include <span>
#include <string>
#include <string_view>

#include "log/log.hpp"

namespace logs {

/// What a line is made of, besides its time.
struct Line {
  Level level = Level::info;
  std::string_view pod;
  std::string_view event;
  std::string_view message;
  std::span<const Field> fields;
};

/// The line behind the time stamp: `INFO  pgordinal[pg-0] clone_started: message key=value`. It
/// stays one line whatever the values hold: control characters are escaped, values with spaces are
/// quoted.
[[nodiscard]] std::string text(const Line& line);
/// The members of the JSON object behind `ts`, without its braces: `"level":"info","pod":"pg-0",…`.
/// Bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string json(const Line& line);

}  // namespace logs
