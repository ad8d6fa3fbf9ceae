#pragma once

#include <cstdint>
#include <string_view>

namespace core {

/// Why a decision is what it is. The log shows the name, tests compare the value.
enum class Reason : std::uint8_t {
  // nothing to do
  serving_primary,
  serving_standby,
  server_starting,
  long_action_runs,
  // start
  volume_empty,
  volume_empty_peers_silent,
  volume_empty_primary_answers,
  volume_empty_clone_from_named_peer,
  unfinished_bootstrap_found,
  cluster_found,
  cluster_without_session_role,
  asking_primary_first,
  promotion_pending,
  // waiting
  asking_peers,
  waiting_for_peer_lookups,
  waiting_for_primary_name,
  waiting_for_primary_lookup,
  waiting_for_primary_port,
  waiting_for_primary_network,
  waiting_for_primary_password,
  waiting_for_primary_admission,
  waiting_for_primary_start,
  waiting_for_primary_data,
  clone_failed_retrying,
  // running
  slot_due,
  slots_due,
  passwords_due,
  copy_to_be_replaced,
  copy_kept,
  replaces_copy,
  restarts_for_parameters,
  restart_ordered,
  reinit_ordered,
  reload_asked,
  // the volume of pg_wal
  volume_reserve_due,
  volume_full_stops,
  volume_full_recovers,
  volume_full_waits,
  // stop
  stop_asked,
  stop_interrupts_long_action,
  stop_long_action_overdue,
  stop_immediate_asked,
  fast_stop_overdue,
  immediate_stop_overdue,
  waiting_for_stop,
  stopped_before_start,
  // ends
  server_stopped,
  server_failed,
  server_not_shut_down,
  bootstrap_failed,
  long_action_failed,
  // refusals: exit, data untouched
  refused_directory,
  refused_major,
  refused_peer_holds_cluster,
  refused_standby_on_primary_ordinal,
  refused_foreign_primary,
  count_,
};

/// The reason's name in the log, `waiting_for_primary_name`.
[[nodiscard]] std::string_view to_text(Reason reason);

}  // namespace core
