#pragma once

#include <string>
#include <vector>

namespace runtime {

/// `pgordinal switchover` and `pgordinal failover`: give an order to the PID 1 of this pod. Exit
/// status 0: carried out. 1: refused, or nobody knows what became of it; the text says why and what
/// to do. 2: wrong arguments, or no PID 1 of ours.
[[nodiscard]] int switchover(const std::vector<std::string>& args);
[[nodiscard]] int failover(const std::vector<std::string>& args);

}  // namespace runtime
