#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/settings.hpp"
#include "postgres/generated_conf.hpp"

/// Command lines of PostgreSQL's programs. argv[0] is a bare name: whoever starts it looks it up in
/// PATH. Nothing here starts anything, and no secret is ever in an argument.
namespace postgres {

using Arguments = std::vector<std::string>;

/// initdb into PGDATA/pgordinal.staging, unsynced (durability.hpp, when all of the bootstrap is
/// done). The password comes by standard input, from a pipe or memfd that holds password + "\n" and
/// was made by the user that initdb runs as: initdb opens /proc/self/fd/0 as its pwfile. `words`
/// are POSTGRES_INITDB_ARGS, split.
[[nodiscard]] Arguments initdb(const core::OfficialSettings& official, const Arguments& words);
/// The WAL directory that initdb will use: POSTGRES_INITDB_WALDIR, or --waldir/-X among the words;
/// empty for none.
[[nodiscard]] std::filesystem::path initdb_waldir(const core::OfficialSettings& official,
                                                  const Arguments& words);
/// fsync of every file of a data directory: for kernels whose syncfs does not report errors, see
/// durability.hpp.
[[nodiscard]] Arguments sync_only(const std::filesystem::path& pgdata);

/// Whether pg_basebackup syncs what it wrote, file by file, or leaves that to sync_data_directory()
/// (durability.hpp).
enum class Sync { itself, later };
/// pg_basebackup into PGDATA/pgordinal.staging. With Sync::later that directory must be synced
/// before the marker says `adopting`. The slot and PGDATA/pgordinal.passfile must be there already.
[[nodiscard]] Arguments basebackup(const core::Settings& settings, const Upstream& from,
                                   std::string_view slot, Sync sync = Sync::itself);

/// pg_rewind of a cluster in `target` that was shut down. The passfile is `pgdata`'s.
[[nodiscard]] Arguments rewind(const core::Settings& settings, const Upstream& from,
                               const std::filesystem::path& target,
                               const std::filesystem::path& pgdata, bool dry_run);

/// One progress line of pg_basebackup --progress (stderr, separated by \r or \n).
struct CloneProgress {
  std::uint64_t done_kib = 0;
  std::uint64_t total_kib = 0;  ///< an estimate: done may pass it
  bool operator==(const CloneProgress&) const = default;
};
[[nodiscard]] std::optional<CloneProgress> parse_progress(std::string_view line);

/// `postgres` as it serves: the user's arguments, then -D.
[[nodiscard]] Arguments server(const std::filesystem::path& pgdata, const Arguments& users,
                               const std::filesystem::path& main_conf = {});
/// `postgres` as the bootstrap uses it: the user's arguments, then no TCP, socket in
/// `private_directory` (0700; it also holds pg_hba.conf with temporary_hba()), no fsync, no waiting
/// for a synchronous standby.
[[nodiscard]] Arguments temporary_server(const std::filesystem::path& pgdata,
                                         const Arguments& users,
                                         const std::filesystem::path& private_directory,
                                         const std::filesystem::path& main_conf = {});
/// `postgres --single` on database postgres; statements on standard input, one a line. The first
/// error ends it with exit code 1 (exit_on_error). Not on a directory with standby.signal:
/// PostgreSQL refuses.
[[nodiscard]] Arguments single_user(const std::filesystem::path& pgdata, const Arguments& users,
                                    const std::filesystem::path& main_conf = {});

/// psql for one init file (clause 46); an empty `file` reads stdin (.sql.gz and the like).
[[nodiscard]] Arguments psql(const core::OfficialSettings& official,
                             const std::filesystem::path& file = {});

}  // namespace postgres
