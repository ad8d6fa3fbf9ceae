#pragma once

#include <string>
#include <string_view>

namespace logs {

/// How many bytes the UTF-8 character at the beginning of `text` (not empty) has; 0 where it is
/// none (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
[[nodiscard]] std::size_t character_size(std::string_view text);

/// `text` with what would end or garble a line replaced: control characters by \n, \t or \u00XX,
/// bytes that are not UTF-8 by U+FFFD; quotation marks and backslashes get a backslash. The inside
/// of a JSON string.
[[nodiscard]] std::string escaped(std::string_view text);
/// The same without touching quotation marks and backslashes: for a message in a text line.
[[nodiscard]] std::string one_line(std::string_view text);

}  // namespace logs
