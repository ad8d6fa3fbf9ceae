#pragma once

#include <expected>
#include <filesystem>

#include "core/directory.hpp"
#include "postgres/problem.hpp"

namespace postgres {

/// How far a standby's WAL goes, by pg_wal itself: for one whose server does not answer.
struct WalOnDisk {
  core::Timeline timeline{};  ///< the highest of any of it
  core::Lsn last_page{};      ///< where its last page begins
  core::Lsn end{};            ///< where that page ends: the WAL itself ends in between
  /// What has no gap from the latest checkpoint on ends in the segment that begins here, or in
  /// front of it: from here on a WAL receiver asks for more.
  core::Lsn needs{};
};
/// A running server may go on writing it. Pages that an earlier use of a file left do not count.
[[nodiscard]] std::expected<WalOnDisk, Problem> read_wal_on_disk(
    const std::filesystem::path& pgdata, const core::directory::ControlData& control);

}  // namespace postgres
