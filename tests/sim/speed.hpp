#pragma once

#include <cstdint>
#include <vector>

#include "core/time.hpp"

namespace sim {

/// For how long nobody accepted writes, of each change.
struct Speed {
  std::vector<core::Duration> first_write;
  std::vector<core::Duration> hand_over;
  std::vector<core::Duration> restart;
  std::vector<core::Duration> lost;
};

/// Prints a table: what waits of the decisions themselves add to an outage.
void print_speed(std::uint64_t first, std::uint64_t seeds);

}  // namespace sim
