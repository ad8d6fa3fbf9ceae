#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/elected/seeded_bug.hpp"

namespace sim {

/// A bug that the simulation puts into the decisions, and what becomes of it.
struct SeededBug {
  core::elected::Bug bug = core::elected::Bug::none;
  std::string_view name;
  std::string_view rules;        ///< which rule it takes away
  std::uint64_t most_seeds = 0;  ///< caught within so many, or the suite fails; 0: open
};

[[nodiscard]] std::span<const SeededBug> seeded_bugs();

/// A seed that found something once, and what.
struct KeptSeed {
  std::uint64_t seed = 0;
  std::string_view found;
};
[[nodiscard]] std::span<const KeptSeed> kept_seeds();

}  // namespace sim
