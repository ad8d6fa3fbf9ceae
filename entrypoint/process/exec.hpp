#pragma once

#include <string>
#include <vector>

#include "process/signals.hpp"
#include "process/spawn.hpp"

namespace process {

/// Replaces this process by `argv`, untouched: same user, descriptors, limits; signal mask and
/// dispositions as they were inherited; exactly this environment. Returns only when that failed,
/// with the message and the code to exit with.
[[nodiscard]] SpawnError exec(const std::vector<std::string>& argv,
                              const std::vector<std::string>& environment,
                              const InheritedSignals& inherited);

}  // namespace process
