#include <algorithm>

#include "core/parts.hpp"

namespace core {
namespace {

using namespace std::chrono_literals;

constexpr Duration sql_timeout = 5s;
constexpr Duration promotion_timeout = 60s;
/// How often slots are looked after: on a standby until it streams; on the primary rarely.
constexpr Duration slot_period = 30s;
constexpr Duration slot_retry = 2s;
constexpr Duration passwords_retry = 10s;
/// A start may take long (crash recovery): the wake lets the loop say that it goes on (L5).
constexpr Duration starting_period = 10s;

constexpr std::string_view ran_as_standby =
    "The primary did not answer when this pod started, so the volume's server ran as a standby "
    "until now: pgordinal's blocks were added to postgresql.conf and pg_hba.conf, and "
    "standby.signal; what the databases hold is as it was";

/// When passwords are seen to next: once after each start and reload, and again where that failed.
Instant passwords_due_at(const Draft& draft) {
  if (!draft.next.passwords_looked) return draft.facts.now;
  const Instant looked = *draft.next.passwords_looked;
  const auto& seen = draft.facts.passwords_hold;
  if (!seen || seen->at < looked) return looked + sql_timeout + passwords_retry;
  return seen->value ? Instant::max() : looked + passwords_retry;
}

Decision running_primary(Draft draft, const server::Running& running) {
  const Instant now = draft.facts.now;
  if (draft.settings.cluster.mode == Mode::standalone || running.phase != ServerPhase::ready) {
    return draft.result(Reason::serving_primary);
  }
  const Instant passwords_due = passwords_due_at(draft);
  if (now >= passwords_due) {
    draft.next.passwords_looked = now;
    return draft.result(Reason::passwords_due,
                        {action::AssertPasswords{.deadline = now + sql_timeout}}, now);
  }
  const Instant due = std::min(
      passwords_due, draft.next.slots_looked ? *draft.next.slots_looked + slot_period : now);
  if (now < due) return draft.result(Reason::serving_primary, {}, due);
  draft.next.slots_looked = now;
  return draft.result(Reason::slots_due, {action::MaintainSlots{.deadline = now + sql_timeout}},
                      std::min(passwords_due, now + slot_period));
}

using SeenAnswer = Seen<peer::Answer>;

/// When a standby that is not known to stream sees to its slot next: one question at a time, often
/// until the primary serves, then rarely, and often again where it is known not to stream.
Instant slot_due_at(const Draft& draft, const SeenAnswer* answer) {
  if (!draft.next.slots_looked) return draft.facts.now;
  const Instant looked = *draft.next.slots_looked;
  if (answer == nullptr || answer->at < looked) return looked + sql_timeout;
  const bool calm =
      std::holds_alternative<peer::Serves>(answer->value) && !draft.facts.cannot_stream;
  return looked + (calm ? slot_period : slot_retry);
}

/// A stream that does not come back for so long is not waited for any more where it cannot.
constexpr Duration patience = 5s;

/// What to do about a stream that does not come back. Nothing: wait for it.
std::optional<Decision> rejoin_primary(Draft& draft) {
  const auto& seen = draft.facts.cannot_stream;
  Memory& next = draft.next;
  if (!seen) {
    next.not_streaming.reset();
    next.rejoining.reset();
    return std::nullopt;
  }
  if (!next.not_streaming) next.not_streaming = seen->at;
  next.rejoining = rejoin::Judged{.facts = seen->value, .chosen = rejoin::choose(seen->value)};
  const Instant paused =
      next.clone_failed.value_or(Instant{}) + rejoin::pause_after(next.clone_failures);
  const bool due = seen->at >= *next.not_streaming + patience && draft.facts.now >= paused;
  if (next.rejoining->chosen.choice != rejoin::Choice::clone || !due) return std::nullopt;
  next.not_streaming.reset();
  next.replacing = Memory::Replacing::stopping;
  Decision decision = decide_stop(draft);
  decision.reason = Reason::copy_to_be_replaced;
  return decision;
}

/// The next start takes the primary's values from pg_control.
Decision restart_for_parameters(Draft draft) {
  draft.next.replacing = Memory::Replacing::restarting;
  Decision decision = decide_stop(std::move(draft));
  decision.reason = Reason::restarts_for_parameters;
  return decision;
}

/// A standby sees to its own slot on the primary and learns on the way which cluster that is (S9).
/// A primary that does not serve is named as what is waited for: the standby goes on serving reads,
/// but it falls behind.
Decision running_follower(Draft draft, const server::Running& running,
                          const directory::Cluster& cluster) {
  const Instant now = draft.facts.now;
  const Ordinal primary = draft.settings.cluster.primary;
  const auto found = draft.facts.peers.find(primary);
  const SeenAnswer* answer = found == draft.facts.peers.end() ? nullptr : &found->second;
  const auto* serves = answer == nullptr ? nullptr : std::get_if<peer::Serves>(&answer->value);
  if (serves != nullptr && serves->system_id != cluster.control.system_id) {
    draft.next.refusal =
        Memory::Refusal{.reason = Reason::refused_foreign_primary,
                        .message = foreign_message(draft, cluster.control.system_id,
                                                   serves->system_id, ran_as_standby)};
    return decide_stop(std::move(draft));
  }
  if (running.below_primary) return restart_for_parameters(std::move(draft));
  // PostgreSQL streams only from the cluster that it is a copy of, and here only through the slot:
  // there is nothing to see to.
  if (draft.facts.streams) {
    draft.next.not_streaming.reset();
    draft.next.rejoining.reset();
    return draft.result(Reason::serving_standby, {}, now + slot_period);
  }
  if (serves != nullptr) {
    if (auto decision = rejoin_primary(draft)) return *std::move(decision);
  }
  const bool waits = answer != nullptr && serves == nullptr;
  const bool kept = serves != nullptr && draft.next.rejoining &&
                    draft.next.rejoining->chosen.choice == rejoin::Choice::wait;
  const Instant due = slot_due_at(draft, answer);
  if (now < due) {
    const Reason calm = kept                                     ? Reason::copy_kept
                        : running.phase == ServerPhase::starting ? Reason::server_starting
                                                                 : Reason::serving_standby;
    return draft.result(waits ? waiting_reason(answer->value) : calm, {}, due);
  }
  draft.next.slots_looked = now;
  return draft.result(waits  ? waiting_reason(answer->value)
                      : kept ? Reason::copy_kept
                             : Reason::slot_due,
                      {action::EnsureSlot{.primary = primary, .deadline = now + sql_timeout}},
                      now + sql_timeout);
}

/// Hot standbys say ready, warm ones standby (postmaster.c, process_pm_pmsignal): both can be
/// promoted.
bool can_be_promoted(ServerPhase phase) {
  return phase == ServerPhase::ready || phase == ServerPhase::standby;
}

Decision running_standby(Draft draft, const server::Running& running) {
  const auto* cluster = std::get_if<directory::Cluster>(&draft.facts.directory);
  if (draft.settings.cluster.mode == Mode::standalone || cluster == nullptr) {
    return draft.result(Reason::serving_standby);
  }
  if (!draft.is_primary_ordinal()) return running_follower(std::move(draft), running, *cluster);
  if (can_be_promoted(running.phase) && !draft.next.long_action && cluster->promote_pending) {
    const action::Promote promote{.deadline = draft.facts.now + promotion_timeout};
    return begin(std::move(draft), Reason::promotion_pending, LongKind::promote, promote);
  }
  return draft.result(draft.next.long_action ? Reason::long_action_runs : Reason::serving_standby);
}

}  // namespace

Decision decide_running(Draft draft, const server::Running& running) {
  if (running.role == Role::standby) return running_standby(std::move(draft), running);
  if (auto decision = see_to_room(draft, running)) return *std::move(decision);
  if (running.phase == ServerPhase::starting)
    return draft.result(Reason::server_starting, {}, draft.facts.now + starting_period);
  const Instant now = draft.facts.now;
  const auto look = draft.facts.wal_room ? rest(*draft.facts.wal_room) : std::nullopt;
  Decision decision = running_primary(std::move(draft), running);
  if (look) decision.wake = std::min(decision.wake.value_or(now + *look), now + *look);
  return decision;
}

}  // namespace core
