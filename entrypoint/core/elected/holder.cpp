#include <algorithm>

#include "core/elected/parts.hpp"

namespace core::elected {
namespace {

using namespace std::chrono_literals;
using core::action::Shutdown;

/// Starting, promoting, stopping as planned: the server need not answer for this long (R11).
constexpr Duration change_budget = 60s;

/// R16: who streams, of our cluster and timeline, within the lag limit. Nobody before the opening
/// is over: then the list is the one that was taken over.
std::vector<Member> candidates(const Draft& draft) {
  const Holding& holding = *draft.next.holding;
  if (holding.phase != Phase::open || draft.next.handover) {
    std::vector<Member> kept = holding.record.candidates;
    // R29: off before the promotion. Once this pod is open the list is its own: the previous holder
    // is on it where it came back, also when the Lease is released later.
    const bool opening = holding.phase == Phase::claiming || holding.phase == Phase::promoting ||
                         holding.phase == Phase::starting;
    if (opening && !draft.next.handover && holding.previous) take_off(kept, *holding.previous);
    for (const Member& gone : holding.withdrawn)
      take_off(kept, gone);
    return kept;
  }
  std::vector<Member> listed;
  const auto& own = draft.facts.volume.position;
  if (!own) return listed;
  for (const StreamingStandby& standby : draft.facts.standbys) {
    const Position& position = standby.position;
    const bool near = position.flushed.bytes + draft.settings.lag_limit >= own->flushed.bytes;
    if (position.system_id == own->system_id && position.timeline == own->timeline && near) {
      add(listed, standby.member);
    }
  }
  std::ranges::sort(listed);
  return listed;
}

/// R11: whether this server deserves another renewal.
bool healthy(const Draft& draft) {
  const Holding& holding = *draft.next.holding;
  if (holding.phase == Phase::open && !draft.next.handover) {
    return draft.facts.server.answers || !is_up(draft);
  }
  const Instant since = draft.next.handover ? draft.next.handover->began : holding.phase_since;
  return draft.now() < since + change_budget;
}

bool list_changed(const Draft& draft) {
  const Holding& holding = *draft.next.holding;
  return holding.phase == Phase::open && !draft.next.handover &&
         candidates(draft) != holding.record.candidates;
}

/// The next attempt: what became of the last one first, then a renewal when it is due.
void renew(Draft& draft) {
  Holding& holding = *draft.next.holding;
  if (draft.next.read_due) return read(draft);
  if (draft.next.handover && draft.next.handover->step == Handover::Step::release) return;
  const Duration interval = draft.settings.timing.renew;
  const bool again = holding.failing;
  Instant due = holding.last_write + (again || list_changed(draft) ? interval / 4 : interval);
  // The opening does not wait for the next renewal.
  if (holding.phase == Phase::claiming && holding.record.timeline < holding.timeline)
    due = draft.now();
  if (draft.next.pause) due = draft.now();
  if (!draft.due(due)) return;
  // A missing Lease is made anew from memory (R5); a damaged one is written again.
  write(draft, draft.next.view.gone ? WriteKind::create : WriteKind::renew, next_record(draft),
        judged(draft));
}

Reason lapsed(Draft& draft) {
  Holding& holding = *draft.next.holding;
  holding.round.reset();
  draft.next.handover.reset();
  if (holding.phase != Phase::taken && holding.phase != Phase::releasing) {
    holding.phase = Phase::taken;
    holding.phase_since = draft.now();
  }
  if (is_up(draft) && !runs_as(draft, Role::standby)) {
    stop_server(draft, Shutdown::immediate, draft.now() + 1s);
    return Reason::fence_passed;
  }
  // R23: from here on only a write that succeeds makes it a holder again.
  if (draft.facts.stop) return leave(draft);
  if (draft.next.read_due) {
    read(draft);
  } else if (draft.due(holding.last_write + draft.settings.timing.renew / 2)) {
    write(draft, WriteKind::renew, next_record(draft), judged(draft));
  }
  if (!is_up(draft)) secure_stopped(draft);
  return Reason::lapsed_holder_writes_again;
}

/// R14: a fence that does not beat is as good as dead.
void see_to_fence(Draft& draft) {
  Memory& memory = draft.next;
  if (draft.facts.fence.beats) return;
  if (memory.fence_replaced && !draft.due(*memory.fence_replaced + 1s)) return;
  memory.fence_replaced = draft.now();
  draft.act(action::ReplaceFence{});
}

Reason demote(Draft& draft, const Deadlines& times, Reason why) {
  draft.next.handover.reset();
  const bool harder = draft.now() >= times.immediate;
  stop_server(draft, harder ? Shutdown::immediate : Shutdown::fast,
              harder ? times.fence : times.immediate);
  return why;
}

/// What becomes of the server of a holder whose fence has not passed.
Reason run_server(Draft& draft, bool renews) {
  const Deadlines times = deadlines(draft);
  const bool primary = is_up(draft) && !runs_as(draft, Role::standby);
  const bool releasing = draft.next.holding->phase == Phase::releasing;
  if (draft.due(times.demote)) {
    const Reason why = renews                    ? Reason::demotion_due
                       : draft.facts.fence.beats ? Reason::server_unhealthy
                                                 : Reason::fence_does_not_beat;
    if (primary) return demote(draft, times, why);
    // Nothing is started for the moment that is left.
    if (!releasing && !draft.facts.stop) return why;
  } else if (primary) {
    (void)draft.due(times.immediate);
  }
  if (gives_up_for_room(draft)) {
    begin_handover(draft);
    (void)hand_over(draft);
    return Reason::volume_full_stops;
  }
  take_command(draft);
  return draft.next.handover || draft.facts.stop ? hand_over(draft) : open_server(draft);
}

}  // namespace

Record next_record(const Draft& draft) {
  const Holding& holding = *draft.next.holding;
  Record record = holding.record;
  record.holder = draft.settings.self;
  record.last = own_member(draft);
  record.node = draft.settings.node;
  record.candidates = candidates(draft);
  record.final.reset();
  record.successor.reset();
  record.switchover.reset();  // it was seen: either it is under way, or it was refused
  record.damaged = false;
  record.timeline = std::max(record.timeline, holding.timeline);
  const auto& own = draft.facts.volume.position;
  if (own) record.flushed = own->flushed;
  if (own && holding.phase != Phase::taken) record.system_id = own->system_id;
  record.paused = next_paused(draft);
  return record;
}

Deadlines deadlines(const Draft& draft) {
  const Holding& holding = *draft.next.holding;
  Duration shortest = holding.record.duration;
  for (const OpenWrite& open : draft.next.open)
    shortest = std::min(shortest, open.shortest);
  return deadlines(draft.settings.timing, shortest, holding.counted_from);
}

void move_fence(Draft& draft) {
  if (!draft.next.fence || !draft.next.holding) return;
  const Instant fence = deadlines(draft).fence;
  if (fence == *draft.next.fence) return;
  // After it has passed nothing but a write that is known to be applied moves it on (R23), and that
  // starts a server anew, with an armed fence.
  draft.next.fence = fence;
  draft.actions.insert(draft.actions.begin(), action::SetFence{.deadline = fence});
}

Reason decide_holder(Draft& draft) {
  Memory& memory = draft.next;
  const Record* seen = seen_record(draft);
  const bool passed = draft.now() >= deadlines(draft).fence;
  // R5: a missing Lease is made anew by the holder in force alone.
  if (memory.view.restored || (seen != nullptr && !names_us(draft, *seen)) ||
      (memory.view.gone && passed)) {
    memory.holding.reset();
    memory.handover.reset();
    return decide_standby(draft);
  }
  const Instant fence = deadlines(draft).fence;
  if (draft.due(fence) && !seeded(Bug::promise_revives_a_passed_fence)) return lapsed(draft);
  hear_promises(draft);
  see_to_fence(draft);
  const bool renews = draft.facts.fence.beats && healthy(draft);
  const Reason reason = run_server(draft, renews);
  if (renews && reason != Reason::leaves) {
    renew(draft);
    ask_for_promises(draft);
  }
  return reason;
}

bool holds_in_force(const Settings& settings, const Memory& memory, Instant now) {
  if (!memory.holding || memory.holding->phase != Phase::open) return false;
  const Facts facts{.now = now};
  const Draft draft{.settings = settings, .facts = facts, .next = memory};
  return now < deadlines(draft).fence;
}

}  // namespace core::elected
