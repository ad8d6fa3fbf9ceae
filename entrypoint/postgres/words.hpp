#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace postgres {

/// Splits POSTGRES_INITDB_ARGS as a POSIX shell splits a command line: blanks, '…', "…", backslash.
/// There is no shell here, so whatever would need one ($ and ` outside single quotes, and unquoted
/// ; & | < > ( ) * ? [ ~ #) is an error that says so.
[[nodiscard]] std::expected<std::vector<std::string>, std::string> split_words(
    std::string_view text);

}  // namespace postgres
