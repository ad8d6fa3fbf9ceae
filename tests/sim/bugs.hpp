#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/elected/seeded_bug.hpp"

namespace sim {

/// Each seeded bug is caught within so many seeds, or the suite fails. What chance alone brings
/// together more seldom needs an ambush (ambush.cpp).
inline constexpr std::uint64_t most_seeds = 4000;

/// A bug that the simulation puts into the decisions.
struct SeededBug {
  core::elected::Bug bug = core::elected::Bug::none;
  std::string_view name;
  std::string_view rules;  ///< which rule it takes away
};

[[nodiscard]] std::span<const SeededBug> seeded_bugs();

/// A seed that found something once, and what.
struct KeptSeed {
  std::uint64_t seed = 0;
  std::string_view found;
};
[[nodiscard]] std::span<const KeptSeed> kept_seeds();

}  // namespace sim
