#include <algorithm>

#include "core/elected/parts.hpp"

namespace core::elected {
namespace {

using namespace std::chrono_literals;
using core::action::Shutdown;

constexpr Duration checkpoint_budget = 30s;
constexpr Duration immediate_budget = 5s;
/// A successor may lack this much when the checkpoint begins: it gets it before the stop.
constexpr std::uint64_t near_bytes = std::uint64_t{1} << 20;
/// A pod that took over a moment ago does not give up at once for a crash (R32).
constexpr Duration settled = 60s;

void begin(Draft& draft, Handover::Step step, std::optional<PodName> successor) {
  draft.next.handover =
      Handover{.step = step, .successor = std::move(successor), .began = draft.now()};
}

/// To whom this pod hands over where nobody named one.
std::optional<PodName> own_choice(const Draft& draft) {
  return next_paused(draft) ? std::nullopt : best_successor(draft, std::nullopt);
}

Reason give_up_handover(Draft& draft) {
  draft.next.handover.reset();
  draft.next.holding->phase = Phase::taken;
  draft.next.holding->phase_since = draft.now();
  draft.wake_at(draft.now());
  return Reason::restarts_in_place;
}

Reason checkpoint(Draft& draft) {
  Handover& handover = *draft.next.handover;
  const bool ended = draft.facts.finished && draft.facts.finished->work == Work::checkpoint;
  if (!draft.next.work && !ended && is_up(draft)) {
    draft.next.work = Work::checkpoint;
    draft.act(action::Checkpoint{.deadline = draft.now() + checkpoint_budget});
    return Reason::handover_checkpoint;
  }
  if (!ended && is_up(draft) && !draft.due(handover.began + checkpoint_budget)) {
    return Reason::handover_checkpoint;
  }
  draft.next.work.reset();
  handover.step = Handover::Step::stop;
  draft.wake_at(draft.now());
  return Reason::handover_checkpoint;
}

Reason stop(Draft& draft) {
  Memory& memory = draft.next;
  if (is_up(draft)) {
    if (seeded(Bug::release_before_stop)) memory.handover->step = Handover::Step::release;
    stop_server(draft, Shutdown::fast, draft.now() + draft.settings.stop_fast);
    if (draft.due(memory.stopping_since + draft.settings.stop_fast)) {
      stop_server(draft, Shutdown::immediate, draft.now() + immediate_budget);
    }
    return Reason::handover_stop;
  }
  if (memory.work == Work::promote) memory.work.reset();
  secure_stopped(draft);
  if (memory.handover->restart && !draft.facts.stop) return give_up_handover(draft);
  if (shut_down_well(draft)) {
    memory.handover->step = Handover::Step::release;
    draft.wake_at(draft.now());
    return Reason::handover_stop;
  }
  if (!draft.facts.stop) return give_up_handover(draft);
  // R15: nothing proves that all was delivered, so the lease is left to run out, and to whoever
  // restarts with this volume.
  draft.act(action::Exit{});
  return Reason::leaves;
}

/// R27: the final position, the successor, the list as it was and the releaser with it.
Record released(const Draft& draft) {
  Record record = next_record(draft);
  record.holder.reset();
  record.successor = draft.next.handover->successor;
  const bool has_data = own_cluster(draft) != nullptr && draft.facts.volume.position;
  record.timeline = draft.next.holding->record.timeline;
  if (has_data && draft.facts.volume.data_id) {
    add(record.candidates, record.last);
    if (draft.facts.volume.position->timeline == record.timeline) {
      record.final = draft.facts.volume.position->flushed;
    }
  }
  return record;
}

Reason release(Draft& draft) {
  Memory& memory = draft.next;
  if (memory.read_due) {
    read(draft);
    return Reason::handover_release;
  }
  if (draft.facts.stop && draft.due(memory.handover->began + checkpoint_budget + 10s)) {
    draft.act(action::Exit{});
    return Reason::leaves;
  }
  if (write(draft, WriteKind::release, released(draft), judged(draft))) {
    memory.holding->phase = Phase::releasing;
  }
  return Reason::handover_release;
}

/// R31: who is known to hold all that is on the local disk. After a crash nobody is: how far the
/// WAL goes is known only when it was recovered. Besides, nothing is released that was not shut
/// down (R15).
std::optional<PodName> holds_everything(const Draft& draft) {
  const auto& own = draft.facts.volume.position;
  if (!own || !shut_down_well(draft)) return std::nullopt;
  for (const StreamingStandby& standby : draft.facts.standbys) {
    if (draft.next.holding->record.lists(standby.member) &&
        standby.position.timeline == own->timeline && standby.position.flushed >= own->flushed) {
      return standby.member.pod;
    }
  }
  return std::nullopt;
}

Reason server_is_gone(Draft& draft) {
  Holding& holding = *draft.next.holding;
  if (draft.now() >= holding.since + settled && !next_paused(draft)) {
    if (auto successor = holds_everything(draft)) {
      secure_stopped(draft);
      begin(draft, Handover::Step::release, std::move(successor));
      return release(draft);
    }
  }
  return give_up_handover(draft);
}

}  // namespace

std::optional<PodName> best_successor(const Draft& draft, const std::optional<PodName>& wanted) {
  const auto& own = draft.facts.volume.position;
  if (!own) return std::nullopt;
  const StreamingStandby* best = nullptr;
  for (const StreamingStandby& standby : draft.facts.standbys) {
    if (wanted && standby.member.pod != *wanted) continue;
    if (!draft.next.holding->record.lists(standby.member)) continue;
    if (contains(draft.next.holding->withdrawn, standby.member)) continue;
    if (standby.position.timeline != own->timeline) continue;
    if (standby.position.flushed.bytes + near_bytes < own->flushed.bytes) continue;
    if (best == nullptr || standby.position.flushed > best->position.flushed) best = &standby;
  }
  return best == nullptr ? std::nullopt : std::optional(best->member.pod);
}

void begin_handover(Draft& draft) {
  begin(draft, Handover::Step::stop, own_choice(draft));
}

void take_command(Draft& draft) {
  Memory& memory = draft.next;
  const Record* record = seen_record(draft);
  std::optional<SwitchoverRequest> asked;
  if (record != nullptr && record->switchover && names_us(draft, *record)) {
    if (!memory.refused_switchover) asked = record->switchover;
  } else {
    memory.refused_switchover = false;
  }
  const Command* command = draft.facts.command ? &*draft.facts.command : nullptr;
  if (command != nullptr && std::holds_alternative<SwitchoverRequest>(*command)) {
    asked = std::get<SwitchoverRequest>(*command);
  }
  if (!asked) return;
  if (memory.handover && memory.handover->restart) {
    memory.refused_switchover = true;
    draft.act(action::RefuseCommand{
        "switchover refused: PostgreSQL is just being restarted by an order. Try again once "
        "`pgordinal status` shows that it accepts connections"});
    return;
  }
  if (memory.handover) return;
  // A checkpoint that runs is the one that a change begins with.
  const bool free = !memory.work || memory.work == Work::checkpoint;
  const bool open = memory.holding->phase == Phase::open && runs_as(draft, Role::primary) &&
                    !memory.stopping && free;
  std::optional<PodName> successor = open ? best_successor(draft, asked->to) : std::nullopt;
  if (successor) return begin(draft, Handover::Step::checkpoint, std::move(successor));
  memory.refused_switchover = true;
  draft.act(action::RefuseCommand{
      asked->to
          ? "switchover to " + asked->to->text +
                " refused: it does not stream, is not listed in the Lease, or lags"
          : std::string("switchover refused: no standby streams, is listed in the Lease and is "
                        "near enough")});
}

/// The successor is for a stop of this pod that is asked for meanwhile.
void restart_primary(Draft& draft) {
  begin(draft, Handover::Step::checkpoint, own_choice(draft));
  draft.next.handover->restart = true;
}

Reason hand_over(Draft& draft) {
  Memory& memory = draft.next;
  if (!memory.handover) {
    if (!draft.facts.stop) {
      if (memory.holding->phase == Phase::releasing) return give_up_handover(draft);
      return server_is_gone(draft);
    }
    begin(draft, serves(draft) ? Handover::Step::checkpoint : Handover::Step::stop,
          own_choice(draft));
  }
  switch (memory.handover->step) {
    case Handover::Step::checkpoint: return checkpoint(draft);
    case Handover::Step::stop: return stop(draft);
    case Handover::Step::release: return release(draft);
  }
  return Reason::handover_stop;
}

}  // namespace core::elected
