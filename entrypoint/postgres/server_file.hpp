#pragma once

#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/facts.hpp"
#include "postgres/problem.hpp"

/// PGDATA/postmaster.pid: what the postmaster says of itself (src/include/utils/pidfile.h).
namespace postgres {

struct ServerFile {
  pid_t pid = 0;
  std::filesystem::path data_directory;
  std::int64_t start_time =
      0;  ///< seconds since 1970: an identity of the start, not a clock to compare with
  std::uint16_t port = 0;  ///< 0 until the postmaster wrote it
  std::string socket_directory;
  std::string listen_address;
  std::optional<core::ServerPhase> phase;  ///< nothing until the postmaster wrote it
};

/// Nothing where the text is not even a process id (just created, or empty after a full disk).
[[nodiscard]] std::optional<ServerFile> parse_server_file(std::string_view text);
/// Nothing where there is no file or no process id in it.
[[nodiscard]] std::expected<std::optional<ServerFile>, Problem> read_server_file(
    const std::filesystem::path& pgdata);

/// Who the process is that a lock file names.
enum class Occupant {
  nobody,    ///< no such process: PostgreSQL replaces the file itself
  stranger,  ///< alive and provably not PostgreSQL on this directory: see grandparent_pid
  postgres,  ///< alive and PostgreSQL, or not to be told apart from it: a server must not be
             ///< started
};
/// With a `pgdata`, a PostgreSQL process whose working directory is another one is a stranger.
[[nodiscard]] Occupant occupant(pid_t pid, const std::filesystem::path& pgdata,
                                const std::filesystem::path& proc = "/proc");

/// What a start must do about postmaster.pid and the socket's lock file (contract section 3).
struct LockVerdict {
  Occupant occupant = Occupant::nobody;
  pid_t pid = 0;     ///< as the file has it; 0 where there is no file
  std::string text;  ///< for the log; empty for nobody
};
[[nodiscard]] LockVerdict judge_server_file(const std::filesystem::path& pgdata,
                                            const std::filesystem::path& proc = "/proc");
/// Value of PG_GRANDPARENT_PID in the postmaster's environment, which makes it overlook that one
/// pid (CreateLockFile, miscinit.c) and still check the shared memory. Nothing is deleted, so
/// nothing is raced for. For nobody too: a probe may get that pid before the postmaster looks.
/// Nothing where there is no file, or a server.
[[nodiscard]] std::optional<std::string> grandparent_pid(const LockVerdict& verdict);
/// The socket's own lock file, `.s.PGSQL.PORT.lock`: removed when it names a stranger. True when
/// removed.
bool remove_stale_socket_lock(const std::filesystem::path& socket_directory, std::uint16_t port,
                              const std::filesystem::path& proc = "/proc");

}  // namespace postgres
