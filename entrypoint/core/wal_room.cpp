#include "core/wal_room.hpp"

#include "core/status.hpp"

namespace core {
namespace {

using namespace std::chrono_literals;

/// WAL files. Nothing writes so many in the ten seconds between two looks,
constexpr std::uint64_t plenty = 256;
/// or these in a second.
constexpr std::uint64_t little = 16;

constexpr Duration reserve_again = 30s;
constexpr Duration in_a_row = 10min;

bool was_given_up(const WalRoom& room) {
  return room.reserve == std::uint64_t{0};
}

std::uint64_t enough_for_a_reserve(const WalRoom& room) {
  return 4 * room.wanted;
}

/// It never had room for a reserve: PostgreSQL goes on with the WAL files that it has, as far as
/// that goes.
bool is_small(const WalRoom& room) {
  return !room.reserve && room.size < enough_for_a_reserve(room);
}

}  // namespace

bool has_reserve(const WalRoom& room) {
  return room.reserve && !was_given_up(room);
}

std::uint64_t needed(const WalRoom& room, bool lacked) {
  if (was_given_up(room)) return room.wanted + 2 * room.segment;
  return lacked ? 2 * room.segment : room.segment;
}

bool lacks_room(const WalRoom& room, bool lacked) {
  return !is_small(room) && room.available < needed(room, lacked);
}

bool reserve_due(const WalRoom& room, std::optional<Instant> tried, Instant now) {
  if (has_reserve(room) || (tried && now < *tried + reserve_again)) return false;
  return room.available >= (room.reserve ? needed(room, true) : enough_for_a_reserve(room));
}

bool lacked_lately(std::optional<Instant> lacked, Instant now) {
  return lacked && now < *lacked + in_a_row;
}

std::optional<Duration> rest(const WalRoom& room) {
  if (room.available < little * room.segment) return 200ms;
  if (room.available < plenty * room.segment) return 1s;
  return std::nullopt;
}

std::string advice(const WalRoom& room, const std::string& pgdata) {
  return "the volume of " + pgdata + "/pg_wal has " + rough_bytes(room.available) + " of " +
         rough_bytes(room.size) + " free, and the server needs " +
         rough_bytes((room.reserve ? room.wanted : 0) + 2 * room.segment) +
         ". Enlarge it (on Kubernetes its PersistentVolumeClaim), or remove what is not "
         "PostgreSQL's; never remove files in pg_wal. The server starts by itself once there is "
         "room";
}

}  // namespace core
