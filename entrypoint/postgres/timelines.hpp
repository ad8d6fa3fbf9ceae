#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/elected/facts.hpp"
#include "postgres/problem.hpp"

/// PGDATA/pg_wal/%08X.history: which timelines there were (R29). PostgreSQL takes the number above
/// the highest that has such a file, counting without a gap from the one that it replayed.
namespace postgres {

/// A history file's text, by PostgreSQL's rules (readTimeLineHistory, timeline.c): the ancestors
/// of `of`, oldest first, each with where it ends. A line `N 0/0 reserved` is no ancestor.
[[nodiscard]] std::expected<std::vector<core::elected::Fork>, std::string> parse_history(
    std::string_view text, core::Timeline of);

/// The history of a timeline. Without a file a timeline has no ancestors that are known.
[[nodiscard]] std::expected<std::vector<core::elected::Fork>, Problem> read_history(
    const std::filesystem::path& pgdata, core::Timeline of);

/// The highest number that has a history file, reserved ones too; 1 where there is none.
[[nodiscard]] std::expected<core::Timeline, Problem> highest_history(
    const std::filesystem::path& pgdata);

/// Makes a promotion from timeline `known` come up on `wanted`: each number between them that has
/// no history file gets one. PostgreSQL counts it, and never follows it. Refused where a file of
/// `wanted` or above is there. Synced.
/// A standby with reserved numbers above its own goes on streaming, but PostgreSQL does not start
/// it any more: promote at once, or drop_reserved() before the next start.
std::expected<void, Problem> reserve(const std::filesystem::path& pgdata, core::Timeline known,
                                     core::Timeline wanted);

/// Removes reserved numbers above `known` that no timeline began behind: what a promotion that did
/// not happen left. Before every start of a standby. Synced.
std::expected<void, Problem> drop_reserved(const std::filesystem::path& pgdata,
                                           core::Timeline known);

}  // namespace postgres
