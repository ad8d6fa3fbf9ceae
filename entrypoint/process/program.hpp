#pragma once

#include <sys/types.h>

#include <expected>
#include <string>
#include <vector>

namespace process {

struct SpawnError {
  enum class Kind { not_found, not_executable, failed };
  Kind kind = Kind::failed;
  int error = 0;        ///< errno
  std::string message;  ///< as a shell says it: `exec: "x": executable file not found in $PATH`
  /// Forked, but never became the program: it ends by itself, its status means nothing.
  pid_t child = -1;

  /// What a shell exits with: 127 not found, 126 found but not executable, 1 otherwise.
  [[nodiscard]] int exit_code() const;
};

/// The file that `program` means: itself with a '/', else the first executable one on the PATH of
/// `environment`.
[[nodiscard]] std::expected<std::string, SpawnError> find_program(
    const std::string& program, const std::vector<std::string>& environment);

/// `program` in the directory where `neighbour` is found, if it is there; else `program`. For the
/// tools of one package: Debian puts wrappers of the same names first on the PATH, which take 50 ms
/// to choose a version, and need not choose the neighbour's.
[[nodiscard]] std::string find_beside(const std::string& neighbour, const std::string& program,
                                      const std::vector<std::string>& environment);

/// What execve's errno about `program` means, for a program that find_program has found.
[[nodiscard]] SpawnError exec_refused(const std::string& program, int error);

}  // namespace process
