#pragma once

#include <sys/types.h>

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "postgres/problem.hpp"

/// Directories that PostgreSQL will accept: made, owned and closed to others. Called at every
/// start, before root is given up and again after it.
namespace postgres {

/// Who PostgreSQL will run as, where we are still root.
struct Account {
  uid_t uid = 0;
  gid_t gid = 0;
};

/// What prepare did or could not do, for the log: none of it stops the start.
using Notes = std::vector<std::string>;

/// mkdir -p; as root, ownership (uid only, whole tree, but only when the top is wrong; links are
/// changed themselves and never followed); mode 0700 (contract clause 13: fsGroup and 0750 are
/// reset at each start). An owner that is not us and that we cannot change is a Problem: PostgreSQL
/// would refuse. The tree walk blocks; it happens once per volume.
[[nodiscard]] std::expected<Notes, Problem> prepare_data_directory(
    const std::filesystem::path& pgdata, std::optional<Account> account);

/// The same for POSTGRES_INITDB_WALDIR, at every start. Where initdb is about to run it must be
/// empty as well, or it is a Problem: only what was empty may a later discard empty.
[[nodiscard]] std::expected<Notes, Problem> prepare_waldir(const std::filesystem::path& waldir,
                                                           std::optional<Account> account,
                                                           bool must_be_empty);

/// /var/run/postgresql: mkdir -p, mode 03775, owner as root. Nothing of it is fatal: the server
/// says what it misses.
[[nodiscard]] Notes prepare_socket_directory(const std::filesystem::path& directory,
                                             std::optional<Account> account);

}  // namespace postgres
