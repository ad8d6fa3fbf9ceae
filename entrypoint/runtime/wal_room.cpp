#include "runtime/wal_room.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "core/status.hpp"
#include "log/log.hpp"
#include "postgres/wal_reserve.hpp"
#include "runtime/configure.hpp"
#include "runtime/in_thread.hpp"

namespace runtime {

namespace asio = boost::asio;

namespace {

constexpr core::Duration warned_for = std::chrono::minutes(10);
constexpr std::uint64_t segments_in_auto = 3;

/// The same share as the alert PgordinalVolumeFillsUp has; on a small volume more.
bool fills_up(const core::WalRoom& room) {
  return room.available < std::max(room.size / 10, 4 * room.segment);
}

}  // namespace

std::optional<core::WalRoom> WalRoom::look(std::uint32_t segment, core::Instant at) {
  const core::VolumeSettings& settings = context_.settings.volume;
  if (!settings.keeps_reserve) return std::nullopt;
  const auto seen = postgres::wal_volume(context_.settings.official.pgdata);
  if (!seen) return std::nullopt;
  const core::WalRoom room{.available = seen->available,
                           .size = seen->size,
                           .segment = segment,
                           .wanted = settings.reserve.value_or(segments_in_auto * segment),
                           .reserve = seen->reserve};
  warn(room, at);
  return room;
}

void WalRoom::warn(const core::WalRoom& room, core::Instant at) {
  if (!fills_up(room) || (warned_ && at - *warned_ < warned_for)) return;
  warned_ = at;
  logs::event(logs::Level::warning, "volume_fills_up",
              {{"available", core::rough_bytes(room.available)},
               {"size", core::rough_bytes(room.size)},
               {"reserve", core::rough_bytes(room.reserve.value_or(0))}},
              "the volume of pg_wal is nearly full. Enlarge it, or find what fills it. With less "
              "than " +
                  core::rough_bytes(core::needed(room, false)) + " the primary shuts down");
}

void WalRoom::release() {
  const auto released = postgres::release_reserve(context_.settings.official.pgdata);
  if (released) {
    logs::event(logs::Level::warning, "wal_reserve_given_up", {},
                "so that the server can recover and be shut down");
  } else {
    logs::event(logs::Level::error, "wal_reserve", {}, failure(released.error()).message);
  }
}

void WalRoom::make(std::uint64_t bytes) {
  if (std::exchange(making_, true)) return;
  asio::co_spawn(executor_, make_it(bytes), asio::detached);
}

asio::awaitable<void> WalRoom::make_it(std::uint64_t bytes) {
  const std::filesystem::path pgdata = context_.settings.official.pgdata;
  const auto made =
      co_await in_thread(executor_, [&] { return postgres::make_reserve(pgdata, bytes); });
  making_ = false;
  if (made) {
    logs::event(logs::Level::debug, "wal_reserve_made", {{"bytes", bytes}});
  } else {
    logs::event(logs::Level::warning, "wal_reserve", {}, failure(made.error()).message);
  }
}

}  // namespace runtime
