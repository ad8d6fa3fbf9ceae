#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "core/elected/seeded_bug.hpp"
#include "world.hpp"

namespace sim {

/// What some seeds came to.
struct Result {
  std::uint64_t seeds = 0;
  Counts counts;
  std::map<std::string, std::set<std::uint64_t>> broken;  ///< what -> its seeds
};

/// Runs seeds first, first + 1, … in `threads` threads. `stop_early`: until one is broken.
[[nodiscard]] Result run_seeds(std::uint64_t first, std::uint64_t seeds, int minutes,
                               unsigned threads, core::elected::Bug bug, bool stop_early);

/// Runs one seed; prints its last `lines` events and what was broken.
[[nodiscard]] std::optional<std::string> tell_seed(std::uint64_t seed, int minutes,
                                                   core::elected::Bug bug, std::size_t lines);

}  // namespace sim
