#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/time.hpp"

namespace core {

/// The volume of pg_wal. A server that finds no room for WAL there panics, and its recovery needs
/// room for WAL itself: without the reserve a full volume is a circle of crashes.
struct WalRoom {
  std::uint64_t available = 0;  ///< to PostgreSQL's user
  std::uint64_t size = 0;
  std::uint64_t segment = 0;  ///< of one WAL file
  std::uint64_t wanted = 0;   ///< bytes of the reserve, as set
  /// What it has now. 0: it was given up. Nothing: there never was one.
  std::optional<std::uint64_t> reserve;
  bool operator==(const WalRoom&) const = default;
};

/// Until the next look at a volume that lacks room.
inline constexpr Duration rest_without_room = std::chrono::seconds(2);

/// A reserve that can be given up.
[[nodiscard]] bool has_reserve(const WalRoom& room);
/// What has to be available for a server to be started, or to go on as the primary: room for the
/// next WAL file; where the reserve was given up, for that one as well. More than that where it
/// `lacked` room before, so that it is not short at once again.
[[nodiscard]] std::uint64_t needed(const WalRoom& room, bool lacked);
[[nodiscard]] bool lacks_room(const WalRoom& room, bool lacked);
/// Whether there is room for a reserve that is not there, and none was `tried` lately. For the
/// first one there has to be plenty: a small volume is not filled by it.
[[nodiscard]] bool reserve_due(const WalRoom& room, std::optional<Instant> tried, Instant now);
/// Who lacked room longer ago did well since.
[[nodiscard]] bool lacked_lately(std::optional<Instant> lacked, Instant now);
/// How long it may be until the next look at it; nothing: longer than until any other.
[[nodiscard]] std::optional<Duration> rest(const WalRoom& room);

/// What the volume has and what the server needs, for people, with what to do.
[[nodiscard]] std::string advice(const WalRoom& room, const std::string& pgdata);

}  // namespace core
