#pragma once

#include <cstdint>

#include "runtime/long_run.hpp"

namespace runtime {

/// Whether the marker of a bootstrap goes at its end. Elected mode keeps it until the record has
/// the system identifier (R7): who dies before that never was the cluster, and begins again.
enum class MarkerAtEnd : std::uint8_t { removed, kept };

/// initdb, roles, database and init files, whole or not at all (S7). Called with an empty PGDATA;
/// after success PGDATA is a cluster that is shut down, synced and without marker, unless that is
/// to be kept. After a failure the marker stays, and the next start discards what is there.
/// Contract clauses 28 to 52.
boost::asio::awaitable<Outcome<>> bootstrap(LongRun& run, const Context& context,
                                            MarkerAtEnd marker = MarkerAtEnd::removed);
/// Removes a marker that was kept: from here on PGDATA is a cluster. Durable.
[[nodiscard]] Outcome<> finish_bootstrap(const Context& context);

/// Gives a cluster that was made by somebody else (the official image) PID 1's own role and the
/// replication role, in single-user mode: no login is needed. Called on a primary's directory that
/// is not running.
boost::asio::awaitable<Outcome<>> adopt(LongRun& run, const Context& context);

}  // namespace runtime
