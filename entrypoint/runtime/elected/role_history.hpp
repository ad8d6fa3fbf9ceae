#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "core/elected/memory.hpp"
#include "core/elected/reason.hpp"
#include "core/facts.hpp"
#include "core/status.hpp"

namespace runtime::elected {

/// The decisions that lead to another holder: what happens until that is seen has other reasons.
[[nodiscard]] bool leads_to_change(core::elected::Reason reason);

/// Counts how often this pod began and ended to hold the Lease since PID 1's start, and how long
/// its last take-over took, for what is shown; nothing depends on it. Owned by the driver, which
/// tells it of each decision.
class RoleHistory {
 public:
  void decided(const core::elected::Memory& memory, core::elected::Reason reason,
               const core::server::State& server, core::Instant at);

  [[nodiscard]] std::vector<core::Status::RoleChange> changes() const;
  /// From the last change of the Lease by another holder, as seen here, until this pod accepted
  /// writes. Nothing: this pod took over from nobody.
  [[nodiscard]] std::optional<core::Duration> last_outage() const { return last_outage_; }

 private:
  bool holds_ = false;
  std::optional<core::elected::Reason> because_{};  ///< of the last decision to begin or end it
  std::optional<core::Instant> other_seen_{};       ///< the last sign of another holder
  std::optional<core::Duration> last_outage_{};
  std::map<std::pair<core::Role, core::elected::Reason>, std::uint64_t> counts_{};
};

}  // namespace runtime::elected
