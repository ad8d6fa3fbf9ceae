#pragma once

#include <string>
#include <vector>

#include "runtime/grammar.hpp"

namespace runtime {

/// Our own sub-commands: `check`, `init`, `install`, `status`, `switchover`, `failover`,
/// `--version`, `--help`. Returns the exit status.
[[nodiscard]] int run_command(const invocation::Own& own,
                              const std::vector<std::string>& environment);

}  // namespace runtime
