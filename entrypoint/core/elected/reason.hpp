#pragma once

#include <cstdint>
#include <string_view>

namespace core::elected {

/// Why a decision of elected mode is what it is. The log shows the name, tests compare the value.
enum class Reason : std::uint8_t {
  // nothing to do
  following,
  serving,
  work_runs,
  server_starting,
  // the Lease
  lease_not_read_yet,
  lease_unreachable,
  renewal_due,
  renewal_on_its_way,
  candidates_changed,
  lease_missing_recreated,
  // stops being the primary
  another_holder_seen,
  demotion_due,
  fence_passed,
  fence_does_not_beat,
  server_unhealthy,
  promoted_to_another_timeline,
  stopped_server_stays_standby,
  lapsed_holder_writes_again,
  // holder
  holder_without_data_releases,
  starts_as_primary,
  claims_timeline,
  promotes,
  promotion_runs,
  promotion_failed_releases,
  restarts_in_place,
  // planned
  handover_checkpoint,
  handover_stop,
  handover_release,
  switchover_refused,
  // not the holder
  holder_in_force,
  record_damaged,
  record_restored,
  promise_runs,
  not_listed,
  withdrawn,
  own_copy_not_ready,
  own_wal_not_replayed,
  released_waiting_for_successor,
  asks_positions,
  waits_for_positions,
  better_candidate_known,
  candidate_replays,
  takes_over,
  waits_for_outcome,
  nobody_may_go,
  automatic_failover_paused,
  // data
  volume_full_stops,
  volume_full_waits,
  volume_without_lock,
  volume_unusable,
  foreign_cluster,
  asks_peers_for_a_cluster,
  peer_holds_cluster,
  creates_lease,
  initdb,
  bootstrap_failed_releases,
  waits_for_primary,
  clones,
  rewinds,
  follows_holder,
  copy_ahead_of_cluster,
  asks_holder_for_history,
  starts_as_standby,
  restarts_for_parameters,
  restart_ordered,
  reinit_ordered,
  // stop
  withdraws_before_stop,
  standby_stops,
  leaves,
  count_,
};

[[nodiscard]] std::string_view to_text(Reason reason);

}  // namespace core::elected
