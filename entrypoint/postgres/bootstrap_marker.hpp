#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/directory.hpp"
#include "postgres/problem.hpp"

namespace postgres {

/// How far an unfinished bootstrap got. staging: initdb or pg_basebackup writes to
/// PGDATA/pgordinal.staging. adopting: that directory is complete and durable, its entries are
/// being renamed into PGDATA. init: the temporary server's work; of a rewind: all between the whole
/// cluster that was there and the whole one that comes. beside: a clone goes to the staging
/// directory while the whole copy that it is to replace is still in its place. replacing: the clone
/// is complete and durable, that copy is being moved to PGDATA/pgordinal.old.
enum class Phase { staging, adopting, init, beside, replacing };

/// PGDATA/pgordinal.bootstrap: says that what is in PGDATA was never served and may be discarded.
/// Written into an empty PGDATA only, removed as the very last step. A rewind writes it beside a
/// cluster that may be given up (S5 was looked at before); so does a clone in place of a copy.
struct Marker {
  core::directory::Bootstrap kind = core::directory::Bootstrap::initdb;
  Phase phase = Phase::staging;
  std::string major = {};  ///< `17`: whose tablespace directories a discard may remove
  std::optional<core::SystemId> system_id = {};  ///< from phase adopting on
  std::filesystem::path waldir =
      {};  ///< set only when it was empty before, or is the rewound cluster's: a discard empties it
  std::vector<std::filesystem::path> tablespaces =
      {};  ///< a clone's, known before pg_basebackup makes the links
  bool operator==(const Marker&) const = default;
};

[[nodiscard]] std::string to_text(const Marker& marker);
[[nodiscard]] std::expected<Marker, std::string> parse_marker(std::string_view text);

/// Nothing where there is no marker.
[[nodiscard]] std::expected<std::optional<Marker>, Problem> read_marker(
    const std::filesystem::path& pgdata);
std::expected<void, Problem> write_marker(const std::filesystem::path& pgdata,
                                          const Marker& marker);
/// The last step of a bootstrap: from here on PGDATA is a cluster.
std::expected<void, Problem> remove_marker(const std::filesystem::path& pgdata);

}  // namespace postgres
