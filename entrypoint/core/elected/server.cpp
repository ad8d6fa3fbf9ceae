#include <algorithm>

#include "core/elected/parts.hpp"

namespace core::elected {
namespace {

constexpr Duration secure_again = std::chrono::seconds(1);

}  // namespace

bool is_up(const Draft& draft) {
  return std::holds_alternative<core::server::Running>(draft.facts.server.state);
}

bool runs_as(const Draft& draft, Role role) {
  const auto* running = std::get_if<core::server::Running>(&draft.facts.server.state);
  return running != nullptr && running->role == role && draft.next.work != Work::promote;
}

bool accepts(const Draft& draft) {
  const auto* running = std::get_if<core::server::Running>(&draft.facts.server.state);
  return running != nullptr &&
         (running->phase == ServerPhase::ready || running->phase == ServerPhase::standby);
}

bool serves(const Draft& draft) {
  const Memory& memory = draft.next;
  return memory.holding && memory.holding->phase == Phase::open && !memory.stopping &&
         runs_as(draft, Role::primary) && accepts(draft);
}

bool shut_down_well(const Draft& draft) {
  const directory::Cluster* cluster = own_cluster(draft);
  return !is_up(draft) && cluster != nullptr && directory::was_shut_down(cluster->control);
}

const directory::Cluster* own_cluster(const Draft& draft) {
  return std::get_if<directory::Cluster>(&draft.facts.volume.content);
}

void stop_server(Draft& draft, core::action::Shutdown how, Instant deadline) {
  Memory& memory = draft.next;
  if (!is_up(draft)) return;
  if (memory.stopping && *memory.stopping >= how) return;
  memory.stopping = how;
  memory.stopping_since = draft.now();
  draft.wake_at(deadline);
  draft.act(action::StopServer{.how = how, .deadline = deadline});
}

void secure_stopped(Draft& draft) {
  Memory& memory = draft.next;
  // The fact counts as well: where the mark could not be made, the fence is still armed.
  if (is_up(draft) || (!memory.fence && !draft.facts.fence.deadline)) return;
  memory.fence.reset();
  draft.wake_at(draft.now() + secure_again);
  draft.act(action::MarkStandby{});
  draft.act(action::DisarmFence{});
}

}  // namespace core::elected
