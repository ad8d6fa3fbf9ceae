#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "runtime/long_run.hpp"

namespace runtime {

/// initdb into the staging directory, and its result moved into PGDATA: called with an empty one.
/// Leaves the marker in phase init and nothing synced. `words`: POSTGRES_INITDB_ARGS.
[[nodiscard]] boost::asio::awaitable<Outcome<>> make_cluster(LongRun& run, const Context& context,
                                                             std::vector<std::string> words);

/// PGDATA and what its links lead to, onto the disk. Once, at the end: an earlier pass beside the
/// temporary server was tried and saves nothing.
[[nodiscard]] boost::asio::awaitable<Outcome<>> sync_cluster(LongRun& run, const Context& context);

}  // namespace runtime
