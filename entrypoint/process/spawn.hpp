#pragma once

#include <sys/types.h>

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "process/program.hpp"

namespace process {

/// A program to run and what it gets. Nothing else reaches it: no other descriptor, an empty signal
/// mask, default dispositions, exactly this environment. umask and resource limits are the ones
/// this process was started with.
struct Command {
  std::string program;  ///< with a '/': that file; else looked up on the PATH of `environment`
  std::vector<std::string> args = {};         ///< argv[1] and on
  std::vector<std::string> environment = {};  ///< `NAME=value`
  std::string directory = {};                 ///< empty: this process's
  int stdin_fd = -1;      ///< -1: end of file at once; else a descriptor, which stays the caller's
  int stdout_fd = -1;     ///< -1: inherited
  int stderr_fd = -1;     ///< -1: inherited
  bool own_group = true;  ///< a process group of its own, named by its pid
  bool foreground = false;  ///< make that group the foreground one of the terminal on descriptor 0
  std::optional<int> parent_death_signal = {};
  std::optional<std::string> argv0 = {};  ///< default: `program`
};

/// Starts the command and returns once it runs (the exec has happened). Boost.Process launches it
/// and is detached at once: nobody but the Reaper ever waits for the pid. Callers outside this
/// module use Children.
[[nodiscard]] std::expected<pid_t, SpawnError> spawn(const Command& command);

}  // namespace process
