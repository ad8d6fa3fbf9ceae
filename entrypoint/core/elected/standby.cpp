#include "core/elected/parts.hpp"

namespace core::elected {
namespace {

using namespace std::chrono_literals;
using core::action::Shutdown;

/// A server's start waits this long for the first answer of the API: the last holder then starts as
/// the primary directly.
constexpr Duration first_answer = 3s;
constexpr Duration between_starts = 1s;

/// Whom to stream from: the holder that the view names, if it is another pod.
std::optional<PodName> upstream(const Draft& draft) {
  const Record* record = seen_record(draft);
  if (record == nullptr || record->last.pod == draft.settings.pod) return std::nullopt;
  return record->last.pod;
}

/// R26: listed again by a newer record while it streams; a record that was copied from an older one
/// by a taker does not count.
void end_withdrawal(Draft& draft) {
  const auto& withdrawn = draft.facts.volume.withdrawn;
  const Record* record = seen_record(draft);
  if (!withdrawn || draft.withdraws || record == nullptr || draft.facts.stop) return;
  const bool newer =
      record->transitions > withdrawn->transitions ||
      (record->transitions == withdrawn->transitions && record->write.number > withdrawn->number);
  if (newer && draft.facts.server.streams && record->holder && record->lists(own_member(draft))) {
    draft.act(action::ClearWithdrawal{});
  }
}

/// Replay waits for more of what the primary has: the next start takes its values from pg_control.
bool is_below_primary(const Draft& draft) {
  const auto* running = std::get_if<core::server::Running>(&draft.facts.server.state);
  return running != nullptr && running->below_primary;
}

Reason restart_standby(Draft& draft, Reason why) {
  stop_server(draft, Shutdown::fast, draft.now() + draft.settings.stop_fast);
  if (draft.due(draft.next.stopping_since + draft.settings.stop_fast))
    stop_server(draft, Shutdown::immediate, draft.now() + 1s);
  return why;
}

Reason run_standby(Draft& draft, Reason standing) {
  if (is_ordered(draft, Order::restart)) return restart_standby(draft, Reason::restart_ordered);
  if (is_below_primary(draft)) return restart_standby(draft, Reason::restarts_for_parameters);
  const Record* record = seen_record(draft);
  const auto wanted = upstream(draft);
  end_withdrawal(draft);
  if (wanted && draft.facts.server.follows != wanted) {
    draft.next.not_streaming.reset();
    draft.wake_at(draft.now() + 1s);
    draft.act(action::Follow{.pod = *wanted});
    return Reason::follows_holder;
  }
  if (is_ordered(draft, Order::reinit) && record != nullptr && record->holder)
    return reinit(draft, *record);
  if (draft.facts.server.streams) {
    draft.next.not_streaming.reset();
    draft.next.inquiry.reset();
    draft.next.rewinds_failed = 0;
    draft.next.ahead = false;
    return standing == Reason::holder_in_force ? Reason::following : standing;
  }
  if (!draft.next.not_streaming) draft.next.not_streaming = draft.now();
  if (!wanted || record == nullptr || !record->holder) return standing;
  const Reason why = rejoin(draft, *record);
  if (draft.next.ahead && !draft.next.work) return Reason::copy_ahead_of_cluster;
  return why == Reason::waits_for_primary ? standing : why;
}

Reason start_standby(Draft& draft, Reason standing) {
  secure_stopped(draft);
  if (draft.next.holding) return standing;
  if (!draft.next.view.asked && !draft.due(*draft.next.began + first_answer)) {
    return Reason::lease_not_read_yet;
  }
  if (!has_room(draft)) return Reason::volume_full_waits;
  // A server that ends as soon as it starts is not started in a circle.
  Memory& memory = draft.next;
  if (memory.started && !draft.due(*memory.started + between_starts)) {
    return Reason::starts_as_standby;
  }
  memory.started = draft.now();
  draft.wake_at(draft.now() + between_starts);
  draft.act(action::StartStandby{.follow = upstream(draft)});
  return Reason::starts_as_standby;
}

}  // namespace

Reason decide_standby(Draft& draft) {
  const Volume& volume = draft.facts.volume;
  if (!draft.next.view.asked || draft.next.read_due) read(draft);
  if (is_up(draft) && !runs_as(draft, Role::standby)) {
    // S1: it is not ours any more. The fence stands behind this.
    draft.next.work.reset();
    stop_server(draft, Shutdown::immediate, draft.now() + 1s);
    return Reason::another_holder_seen;
  }
  if (draft.facts.stop) return leave(draft);
  if (!volume.locked) return Reason::volume_without_lock;
  if (draft.next.work) return Reason::work_runs;
  if (std::holds_alternative<directory::Unusable>(volume.content)) return Reason::volume_unusable;
  if (own_cluster(draft) == nullptr) return decide_empty(draft);
  const Record* record = seen_record(draft);
  if (record != nullptr && record->system_id && volume.position &&
      *record->system_id != volume.position->system_id) {
    return Reason::foreign_cluster;
  }
  if (draft.facts.command && std::holds_alternative<LoseData>(*draft.facts.command)) {
    draft.next.lose_data = true;
  }
  const Reason standing = challenge(draft);
  if (standing == Reason::takes_over) return standing;
  return is_up(draft) ? run_standby(draft, standing) : start_standby(draft, standing);
}

}  // namespace core::elected
