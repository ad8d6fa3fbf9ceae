#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/lsn.hpp"
#include "postgres/problem.hpp"

/// What a rewind does on the volume beside pg_rewind. Blocks.
namespace postgres {

/// Where two histories part, as pg_rewind says it on a line of its own.
struct Divergence {
  core::Timeline timeline{};
  core::Lsn at{};
  bool operator==(const Divergence&) const = default;
};
[[nodiscard]] std::optional<Divergence> parse_divergence(std::string_view line);

/// The names among a pg_wal's that hold WAL from `fork.at` up to `end`, of its timeline and above.
/// `segment` is their size in bytes.
[[nodiscard]] std::vector<std::string> segments_past(const std::vector<std::string>& names,
                                                     const Divergence& fork, core::Lsn end,
                                                     std::uint64_t segment);

/// What was kept aside (R34).
struct GivenUp {
  std::uint64_t files = 0;
  bool all = true;  ///< false: there was no room for all of it
};
/// Copies the WAL past the fork into PGDATA/pgordinal.given-up, as long as a tenth of the volume
/// stays free. What an earlier rewind kept goes first. Synced.
[[nodiscard]] std::expected<GivenUp, Problem> keep_given_up(const std::filesystem::path& pgdata,
                                                            const Divergence& fork, core::Lsn end);

/// Moves the cluster down into the staging directory, where pg_rewind finds nothing of ours: in
/// PGDATA itself it would remove our marker, because the source has none. The marker must be there.
/// Where an entry cannot be moved (a mount point) all is moved back. adopt_staged() brings it up
/// again. Synced.
std::expected<void, Problem> stage_cluster(const std::filesystem::path& pgdata);
/// Whether something of the cluster is in the staging directory.
[[nodiscard]] bool has_staged(const std::filesystem::path& pgdata);

}  // namespace postgres
