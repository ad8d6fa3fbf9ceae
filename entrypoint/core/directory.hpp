#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/lsn.hpp"

/// What a data directory holds, as postgres/data_directory.cpp finds it.
namespace core::directory {

/// pg_control's `state` (src/include/catalog/pg_control.h, enum DBState, in its order).
enum class State : std::uint8_t {
  starting_up,
  shut_down,
  shut_down_in_recovery,
  shutting_down,
  in_crash_recovery,
  in_archive_recovery,
  in_production,
};

/// The parameters of which a hot standby needs at least as much as its primary has, in this order:
/// max_connections, max_worker_processes, max_wal_senders, max_prepared_transactions,
/// max_locks_per_transaction (Hot Standby, "Administrator's Overview").
using Capacities = std::array<std::uint32_t, 5>;

/// The part of pg_control that decisions need.
struct ControlData {
  SystemId system_id;
  State state = State::starting_up;
  Timeline timeline;  ///< of the latest checkpoint
  Lsn checkpoint;     ///< the latest checkpoint record
  Lsn min_recovery;   ///< where a standby becomes consistent; 0 on a primary
  Lsn redo = {};      ///< where a recovery begins: what is older the server does not need itself
  std::uint32_t wal_segment = 16U << 20U;  ///< bytes of one WAL file
  Capacities capacities = {};              ///< the primary's, as far as this copy has replayed
  bool operator==(const ControlData&) const = default;
};

/// The server of this copy was shut down: a primary, or a standby in its recovery.
[[nodiscard]] inline bool was_shut_down(const ControlData& control) {
  return control.state == State::shut_down || control.state == State::shut_down_in_recovery;
}

/// Which bootstrap a marker on the volume belongs to.
enum class Bootstrap : std::uint8_t { initdb, clone, rewind };

/// Absent, or there and without entries but our own member file: may be bootstrapped.
struct Empty {
  bool operator==(const Empty&) const = default;
};
/// Our own marker is there: a bootstrap that never ended. Nobody was ever served from it, so it may
/// be discarded.
struct Unfinished {
  Bootstrap kind = Bootstrap::initdb;
  bool operator==(const Unfinished&) const = default;
};
/// A cluster whose bootstrap ended (by us, by the official image, by a person).
struct Cluster {
  std::string version;  ///< the text of PG_VERSION, `17`
  ControlData control;
  bool standby_signal = false;
  bool recovery_signal = false;
  bool promote_pending =
      false;  ///< cloned by `cluster.clone_from`: becomes the primary once it has replayed all
  bool session_key = false;  ///< the key of PID 1's own SQL session is there
  bool operator==(const Cluster&) const = default;
};
/// Something that we must not touch: entries that are not a cluster, half a cluster copied by
/// somebody else, a file that cannot be read, our marker beside a cluster that it does not name.
/// `what` and `remedy` are whole sentences for the log.
struct Unusable {
  std::string what;
  std::string remedy;
  bool operator==(const Unusable&) const = default;
};

using Content = std::variant<Empty, Unfinished, Cluster, Unusable>;

}  // namespace core::directory
