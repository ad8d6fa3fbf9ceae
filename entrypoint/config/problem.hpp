#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace config {

/// One mistake of the user. Made by the loader, printed at the start and by `pgordinal check`;
/// never holds a secret.
struct Problem {
  std::string file;  ///< empty where the mistake is not in the file
  unsigned line = 0;
  unsigned column = 0;
  std::string variable;  ///< the environment variable that holds the mistake, or empty
  std::string key;       ///< `stop.fast_timeout`, or empty (a syntax error, an official variable)
  std::string found;     ///< what was found
  std::string expected;  ///< what was expected there
  std::string remedy;    ///< what to do, where `expected` does not say it
};

/// One line: `FILE:3:10: stop.fast_timeout: found the number 20, expected a duration …; REMEDY`.
[[nodiscard]] std::string to_text(const Problem& problem);
/// Each problem as a line that begins with `error: `.
void print(std::ostream& out, const std::vector<Problem>& problems);

/// The text between double quotes, control characters escaped, cut where it is long: fit for one
/// line.
[[nodiscard]] std::string in_quotes(std::string_view text);

}  // namespace config
