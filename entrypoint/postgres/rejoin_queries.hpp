#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/rejoin_choice.hpp"
#include "postgres/session.hpp"

/// What the choice between stream, rewind and clone is made from, of running servers: the
/// statements and what their rows mean. Pure.
namespace postgres {

/// A standby's own server, asked by PID 1's own role.
struct OwnStream {
  bool streams = false;
  /// It has replayed all that is on its disk, and its last attempt to get more failed: the startup
  /// process waits before it tries again.
  bool starves = false;
  core::Lsn replayed;  ///< where its own WAL ends, where it starves
  core::Lsn flushed;   ///< replayed or received, whichever is further
  core::SystemId system_id;
  core::Timeline timeline;
};
[[nodiscard]] std::string own_stream_query();
[[nodiscard]] std::expected<OwnStream, std::string> parse_own_stream(const Table& table);

/// What the primary says of its WAL and of a slot.
struct PrimaryWal {
  std::optional<core::Lsn> oldest;  ///< nothing: it does not let us look
  bool slot_lost = false;
  bool slot_active = false;         ///< somebody streams through it
  std::vector<core::Fork> history;  ///< of `timeline`
};
/// For the replication role: pg_rewind's functions are all that it needs.
[[nodiscard]] std::string primary_wal_query(std::string_view slot, core::Timeline timeline);
[[nodiscard]] std::expected<PrimaryWal, std::string> parse_primary_wal(const Table& table,
                                                                       core::Timeline timeline);

}  // namespace postgres
