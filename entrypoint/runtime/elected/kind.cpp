#include "runtime/elected/words.hpp"

namespace runtime::elected {

using core::elected::Reason;

Kind kind_of(Reason reason) {
  switch (reason) {
    case Reason::work_runs:
    case Reason::server_starting:
    case Reason::renewal_due:
    case Reason::renewal_on_its_way:
    case Reason::candidates_changed:
    case Reason::promotion_runs:
    case Reason::waits_for_positions:
    case Reason::waits_for_outcome:
    case Reason::stopped_server_stays_standby: return Kind::steady;
    case Reason::following:
    case Reason::serving:
    case Reason::lease_missing_recreated:
    case Reason::another_holder_seen:
    case Reason::lapsed_holder_writes_again:
    case Reason::holder_without_data_releases:
    case Reason::starts_as_primary:
    case Reason::claims_timeline:
    case Reason::promotes:
    case Reason::restarts_in_place:
    case Reason::handover_checkpoint:
    case Reason::handover_stop:
    case Reason::handover_release:
    case Reason::switchover_refused:
    case Reason::asks_positions:
    case Reason::takes_over:
    case Reason::asks_peers_for_a_cluster:
    case Reason::creates_lease:
    case Reason::initdb:
    case Reason::clones:
    case Reason::rewinds:
    case Reason::follows_holder:
    case Reason::asks_holder_for_history:
    case Reason::starts_as_standby:
    case Reason::restarts_for_parameters:
    case Reason::restart_ordered:
    case Reason::reinit_ordered:
    case Reason::withdraws_before_stop:
    case Reason::standby_stops:
    case Reason::leaves: return Kind::deed;
    case Reason::lease_not_read_yet:
    case Reason::lease_unreachable:
    case Reason::holder_in_force:
    case Reason::record_restored:
    case Reason::promise_runs:
    case Reason::not_listed:
    case Reason::withdrawn:
    case Reason::own_copy_not_ready:
    case Reason::own_wal_not_replayed:
    case Reason::released_waiting_for_successor:
    case Reason::better_candidate_known:
    case Reason::candidate_replays:
    case Reason::volume_full_waits:
    case Reason::waits_for_primary: return Kind::waiting;
    case Reason::volume_full_stops:
    case Reason::demotion_due:
    case Reason::fence_passed:
    case Reason::fence_does_not_beat:
    case Reason::server_unhealthy:
    case Reason::promoted_to_another_timeline:
    case Reason::promotion_failed_releases:
    case Reason::record_damaged:
    case Reason::nobody_may_go:
    case Reason::automatic_failover_paused:
    case Reason::volume_without_lock:
    case Reason::volume_unusable:
    case Reason::foreign_cluster:
    case Reason::peer_holds_cluster:
    case Reason::bootstrap_failed_releases:
    case Reason::copy_ahead_of_cluster:
    case Reason::count_: return Kind::fault;
  }
  return Kind::fault;
}

}  // namespace runtime::elected
