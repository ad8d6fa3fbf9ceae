#include "runtime/elected/role_history.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace runtime::elected {

using core::Role;
using core::elected::Memory;
using core::elected::Reason;

bool leads_to_change(Reason reason) {
  constexpr std::array leading = {Reason::creates_lease,
                                  Reason::takes_over,
                                  Reason::another_holder_seen,
                                  Reason::demotion_due,
                                  Reason::fence_passed,
                                  Reason::fence_does_not_beat,
                                  Reason::server_unhealthy,
                                  Reason::promoted_to_another_timeline,
                                  Reason::handover_stop,
                                  Reason::holder_without_data_releases,
                                  Reason::promotion_failed_releases,
                                  Reason::bootstrap_failed_releases};
  return std::ranges::find(leading, reason) != leading.end();
}

namespace {

bool accepts_writes(const Memory& memory, const core::server::State& server) {
  const auto* running = std::get_if<core::server::Running>(&server);
  return memory.holding && memory.holding->phase == core::elected::Phase::open &&
         running != nullptr && running->role == Role::primary &&
         running->phase == core::ServerPhase::ready;
}

}  // namespace

void RoleHistory::decided(const Memory& memory, Reason reason, const core::server::State& server,
                          core::Instant at) {
  if (leads_to_change(reason)) because_ = reason;
  // A restart in place stops the server as a change does, and nothing changes.
  if (reason == Reason::serving) because_.reset();
  const bool holds = memory.holding.has_value();
  if (std::exchange(holds_, holds) != holds) {
    ++counts_[{holds ? Role::primary : Role::standby, because_.value_or(reason)}];
    because_.reset();
  }
  if (!holds) {
    if (memory.view.sighting) other_seen_ = memory.view.since;
  } else if (other_seen_ && accepts_writes(memory, server)) {
    last_outage_ = at - *other_seen_;
    other_seen_.reset();
  }
}

std::vector<core::Status::RoleChange> RoleHistory::changes() const {
  std::vector<core::Status::RoleChange> all;
  all.reserve(counts_.size());
  for (const auto& [change, count] : counts_) {
    all.push_back({.to = change.first,
                   .reason = std::string(core::elected::to_text(change.second)),
                   .count = count});
  }
  return all;
}

}  // namespace runtime::elected
