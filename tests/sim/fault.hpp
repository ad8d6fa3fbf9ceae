#pragma once

#include <cstdint>
#include <string_view>

namespace sim {

/// What goes wrong, by kind: a seed has some and not others.
enum class Fault : std::uint8_t {
  write_lost,
  write_delayed,
  write_duplicated,
  answer_lost,
  answer_delayed,
  peer_delayed,
  stale_read,
  watch_lost,
  api_outage,
  api_hangs,
  writes_refused,
  mute_to_api,
  mute_from_api,
  peers_cut,
  peers_cut_one_way,
  pid1_killed,
  pod_deleted,
  volume_lost,
  pod_replaced,
  pid1_frozen,
  fence_frozen,
  all_frozen,
  server_crash,
  server_hangs,
  promotion_fails,
  start_fails,
  initdb_fails,
  rejoin_fails,
  standby_lags,
  stop_asked,
  switchover,
  lease_deleted,
  lease_restored,
  wall_clock_set,
  slow_stop,
  disk_refuses,
  power_cut,
  ambush,
  storm,
  pause,
  count_,
};
[[nodiscard]] std::string_view to_text(Fault fault);

}  // namespace sim
