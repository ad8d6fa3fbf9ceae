#pragma once

#include <string>
#include <vector>

#include "core/decision.hpp"

namespace scenarios {

/// One decision with what led to it.
struct Step {
  const core::Settings& settings;
  const core::Memory& before;
  const core::Snapshot& facts;
  const core::Decision& decision;
};

/// The promises that hold for every decision, whatever the facts. Returns those that this step
/// breaks, each with its number and what was seen; Scenario, Life and the random walk call it after
/// each decision.
[[nodiscard]] std::vector<std::string> broken_promises(const Step& step);

/// Whether two decisions are the same in all that they say.
[[nodiscard]] bool same(const core::Decision& one, const core::Decision& other);

}  // namespace scenarios
