#pragma once

#include <optional>
#include <vector>

#include "core/elected/action.hpp"
#include "core/elected/memory.hpp"
#include "core/elected/reason.hpp"

namespace core::elected {

struct Decision {
  Reason reason = Reason::following;
  std::vector<action::Any> actions;
  Memory next;
  /// Decide again by then, whatever else happens. Nothing: only an event leads on.
  std::optional<Instant> wake;
};

/// Elected mode's heart, pure as core::decide(): the same arguments give the same decision, on a
/// server and in the simulation.
[[nodiscard]] Decision decide(const Settings& settings, Memory memory, const Facts& facts);

/// Whether this process may let a server accept writes now: for `status` and the probes.
[[nodiscard]] bool holds_in_force(const Settings& settings, const Memory& memory, Instant now);

}  // namespace core::elected
