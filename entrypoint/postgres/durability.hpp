#pragma once

#include <expected>
#include <filesystem>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "postgres/problem.hpp"

/// What initdb and pg_basebackup wrote with --no-sync, made durable at once. One syncfs for each
/// file system instead of one fsync for each of a thousand files: 0.05 s instead of 3 s after
/// initdb, on the disk this was measured on.
namespace postgres {

/// syncfs of the file systems of a data directory (PGDATA or the staging directory), its pg_wal and
/// its tablespaces, in a thread of its own, because it takes as long as the disk does and nothing
/// can interrupt it. The loop must outlive the thread, or the process end by _exit.
[[nodiscard]] boost::asio::awaitable<std::expected<void, Problem>> sync_data_directory(
    std::filesystem::path data);

/// Since Linux 5.8 syncfs reports errors of the write-back. Before, use tools.hpp's sync_only()
/// instead.
[[nodiscard]] bool syncfs_reports_errors();
[[nodiscard]] bool syncfs_reports_errors(std::string_view kernel_release);  ///< `5.10.0-28-amd64`

}  // namespace postgres
