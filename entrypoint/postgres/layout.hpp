#pragma once

#include <filesystem>
#include <string_view>

/// The names of our own files inside PGDATA. Every one begins with `pgordinal.`: that prefix tells
/// our entries from the cluster's, and a clone drops all of them but the key (see adopt_staged).
/// Two are the volume's and not the cluster's: `member` and `given_up` are there before a bootstrap
/// and after a discard.
namespace postgres::layout {

inline constexpr std::string_view prefix = "pgordinal.";
inline constexpr std::string_view marker = "pgordinal.bootstrap";  ///< of an unfinished bootstrap
inline constexpr std::string_view staging =
    "pgordinal.staging";  ///< where initdb and pg_basebackup write
inline constexpr std::string_view old =
    "pgordinal.old";  ///< a copy that a new clone has replaced, until it is removed
inline constexpr std::string_view include_conf = "pgordinal.conf";  ///< the generated settings
inline constexpr std::string_view main_conf =
    "pgordinal.main.conf";  ///< used with a config_file outside PGDATA
inline constexpr std::string_view passfile = "pgordinal.passfile";  ///< of primary_conninfo, 0600
inline constexpr std::string_view key = "pgordinal.key";  ///< password of PID 1's own role, 0600
inline constexpr std::string_view passwords =
    "pgordinal.passwords";  ///< which ones the roles were given last, hashed, 0600
inline constexpr std::string_view promote =
    "pgordinal.promote";  ///< cluster.clone_from: promote when replayed
inline constexpr std::string_view member =
    "pgordinal.member";  ///< elected mode: whose copy of the data this is, 0600
inline constexpr std::string_view given_up =
    "pgordinal.given-up";  ///< elected mode: WAL that a failover gave up, kept aside (R34)
/// The one that lies elsewhere and begins otherwise, so that no tool copies it: wal_reserve.hpp.
inline constexpr std::string_view wal_reserve = "pg_wal/pgsql_tmp.pgordinal.reserve";

[[nodiscard]] inline std::filesystem::path in(const std::filesystem::path& pgdata,
                                              std::string_view name) {
  return pgdata / name;
}

}  // namespace postgres::layout
