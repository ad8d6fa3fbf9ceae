#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>

#include "postgres/problem.hpp"

/// A file on the volume of pg_wal that does nothing but take room, to be given up where the server
/// could not recover or shut down otherwise. It lies in pg_wal, which may be another volume than
/// PGDATA, under a name that PostgreSQL leaves alone and that neither pg_basebackup nor pg_rewind
/// copies (both leave out what begins with `pgsql_tmp`).
namespace postgres {

struct WalVolume {
  std::uint64_t available = 0;  ///< to PostgreSQL's user
  std::uint64_t size = 0;
  /// Bytes that the reserve takes; 0: it was given up. Nothing: there is none, or the file system
  /// does not keep room for it (a compressing one, a sparse copy).
  std::optional<std::uint64_t> reserve;
};

/// Nothing: the file system does not tell, or there is no pg_wal.
[[nodiscard]] std::optional<WalVolume> wal_volume(const std::filesystem::path& pgdata);

/// Takes the room: all of it, synced, or none. As long as the disk takes: not for the loop's
/// thread.
[[nodiscard]] std::expected<void, Problem> make_reserve(const std::filesystem::path& pgdata,
                                                        std::uint64_t bytes);

/// Gives up the room. An empty file stays and says so, also to the next process.
[[nodiscard]] std::expected<void, Problem> release_reserve(const std::filesystem::path& pgdata);

}  // namespace postgres
