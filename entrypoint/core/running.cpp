#include "core/parts.hpp"

namespace core {
namespace {

using namespace std::chrono_literals;

constexpr Duration sql_timeout = 5s;
constexpr Duration promotion_timeout = 60s;
/// How often slots are looked after: on a standby until its slot is there, then rarely; on the
/// primary rarely.
constexpr Duration slot_period = 30s;
constexpr Duration slot_retry = 2s;
/// A start may take long (crash recovery): the wake lets the loop say that it goes on (L5).
constexpr Duration starting_period = 10s;

std::string foreign_message(const Draft& draft, SystemId ours, SystemId theirs) {
  const ClusterSettings& cluster = draft.settings.cluster;
  return "the data directory " + draft.settings.official.pgdata +
         " is of the cluster with system identifier " + to_text(ours) + ", but the primary " +
         cluster.identity->peer(cluster.primary).text + " has " + to_text(theirs) +
         ": it is another cluster, this copy can never stream from it. If this volume's data are "
         "not needed, delete "
         "this pod's PersistentVolumeClaim and the pod: it then clones the primary. Nothing was "
         "changed";
}

Decision running_primary(Draft draft, const server::Running& running) {
  const Instant now = draft.facts.now;
  if (draft.settings.cluster.mode == Mode::standalone || running.phase != ServerPhase::ready) {
    return draft.result(Reason::serving_primary);
  }
  const Instant due = draft.next.slots_looked ? *draft.next.slots_looked + slot_period : now;
  if (now < due) return draft.result(Reason::serving_primary, {}, due);
  draft.next.slots_looked = now;
  return draft.result(Reason::slots_due, {action::MaintainSlots{.deadline = now + sql_timeout}},
                      now + slot_period);
}

using SeenAnswer = Seen<peer::Answer>;

/// When a standby sees to its slot next: one question at a time, often until the primary serves,
/// then rarely.
Instant slot_due_at(const Draft& draft, const SeenAnswer* answer) {
  if (!draft.next.slots_looked) return draft.facts.now;
  const Instant looked = *draft.next.slots_looked;
  if (answer == nullptr || answer->at < looked) return looked + sql_timeout;
  return looked + (std::holds_alternative<peer::Serves>(answer->value) ? slot_period : slot_retry);
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
    draft.next.refusal = Memory::Refusal{
        .reason = Reason::refused_foreign_primary,
        .message = foreign_message(draft, cluster.control.system_id, serves->system_id)};
    return decide_stop(std::move(draft));
  }
  const bool waits = answer != nullptr && serves == nullptr;
  const Instant due = slot_due_at(draft, answer);
  if (now < due) {
    const Reason calm =
        running.phase == ServerPhase::starting ? Reason::server_starting : Reason::serving_standby;
    return draft.result(waits ? waiting_reason(answer->value) : calm, {}, due);
  }
  draft.next.slots_looked = now;
  return draft.result(waits ? waiting_reason(answer->value) : Reason::slot_due,
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
  if (draft.facts.reload)
    return draft.result(Reason::reload_asked, {action::Reload{}}, draft.facts.now);
  if (running.role == Role::standby) return running_standby(std::move(draft), running);
  if (running.phase == ServerPhase::starting)
    return draft.result(Reason::server_starting, {}, draft.facts.now + starting_period);
  return running_primary(std::move(draft), running);
}

}  // namespace core
