#pragma once

#include "core/status.hpp"

namespace http_test {

/// Pods as they are when all is well; a test changes what it is about.
inline core::Status primary() {
  using namespace std::chrono_literals;
  return {
      .pod = "pg-0",
      .mode = core::Mode::elected,
      .decided = true,
      .server = core::ServerState::accepting,
      .role = core::Role::primary,
      .server_age = 3h,
      .timeline = core::Timeline{4},
      .lsn = core::Lsn{0x3000060},
      .lag_limit = std::uint64_t{1} << 30U,
      .standbys = {{{.pod = "pg-1", .flushed = {0x3000060}, .lag_bytes = 0, .lag = 250ms},
                    {.pod = "pg-2", .flushed = {0x3000000}, .lag_bytes = 96}}},
      .slots = {{{.name = "pg_1", .active = true, .kept_bytes = 96}, {.name = "pg_9"}}},
      .reason = "serving",
      .text = "this pod is the primary",
      .reason_age = 180min,
      .lease = {{.holder = "pg-0",
                 .age = 1500ms,
                 .remaining = 8500ms,
                 .transitions = 3,
                 .timeline = {4},
                 .candidates = {"pg-1", "pg-2"}}},
      .held_for = 3h,
      .in_force = 7500ms,
      .lease_writes = {{.done = 40, .conflict = 1, .refused = 2, .unknown = 3, .reads_failed = 4}},
      .role_changes = {{.to = core::Role::primary, .reason = "takes_over", .count = 1}},
      .last_outage = 1500ms,
      .server_starts = 2,
      .promotions = 1,
      .orphans_reaped = 5,
      .volumes = {{.name = "data", .size = 1000, .available = 400}},
      .loop = core::LoopLatency{},
      .version = "1.0"};
}

inline core::Status standby() {
  core::Status status = primary();
  status.pod = "pg-1";
  status.role = core::Role::standby;
  status.follows = "pg-0";
  status.streams = true;
  status.lag_bytes = 2048;
  status.lag = std::chrono::milliseconds(500);
  status.standbys.reset();
  status.reason = "following";
  status.text = "standby of pg-0";
  status.role_changes.clear();
  status.last_outage.reset();
  status.held_for.reset();
  status.in_force.reset();
  status.promotions = 0;
  return status;
}

/// An empty volume is being filled.
inline core::Status cloning() {
  using namespace std::chrono_literals;
  core::Status status = standby();
  status.server = core::ServerState::none;
  status.role.reset();
  status.server_age.reset();
  status.timeline.reset();
  status.lsn.reset();
  status.follows.reset();
  status.streams.reset();
  status.lag_bytes.reset();
  status.lag.reset();
  status.slots.reset();
  status.reason = "work_runs";
  status.text = "";
  status.action = {{.name = "clone",
                    .age = 2h,
                    .done_bytes = std::uint64_t{30} << 30U,
                    .total_bytes = std::uint64_t{100} << 30U}};
  return status;
}

}  // namespace http_test
