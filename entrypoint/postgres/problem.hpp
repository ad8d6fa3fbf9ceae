#pragma once

#include <string>

namespace postgres {

/// Why something on the volume could not be done: whole sentences for the log, with path and errno
/// text in `what` and what a person can do in `remedy`.
struct Problem {
  std::string what;
  std::string remedy;
  bool operator==(const Problem&) const = default;
};

/// The Problem of a failed system call: `what` is "VERB PATH: strerror", `remedy` follows from the
/// errno (read-only, full, not ours, …).
[[nodiscard]] Problem file_problem(const std::string& verb, const std::string& path,
                                   int error_number);

}  // namespace postgres
