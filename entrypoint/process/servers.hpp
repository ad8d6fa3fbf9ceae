#pragma once

#include <limits.h>
#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace process {

/// A data directory, and whose servers on it are meant. A plain value that a fork takes along:
/// nothing below allocates, so the fence may use it in a copy of a process with threads.
struct ServersOf {
  char path[PATH_MAX] = {};  ///< the directory as the kernel names it
  std::uint32_t device_major = 0;
  std::uint32_t device_minor = 0;
  std::uint64_t inode = 0;
  pid_t owner = 0;  ///< the process whose children servers are: PID 1, or who stands for it
};

/// The servers on `pgdata`, of the calling process. The error is a sentence for the log.
[[nodiscard]] std::expected<ServersOf, std::string> servers_of(const std::filesystem::path& pgdata);

/// Is that process a PostgreSQL server's, postmaster or any child of it? By its executable's name,
/// `postgres`, which setproctitle does not change, and one of: it works in the data directory,
/// where the postmaster puts itself and its children; its parent is the owner, to whom orphans
/// come; its parent is such a server. So initdb and its helpers, other programs, and another
/// container's servers that are seen in a shared PID namespace are not meant. A process that may
/// not be looked into (its file is not readable) goes by its name and its parents. `proc`: a
/// descriptor of /proc.
[[nodiscard]] bool is_server(int proc, const ServersOf& which, pid_t pid);

/// Calls `visit` with the pid of each server until it returns false. False when /proc could not be
/// read to its end.
[[nodiscard]] bool visit_servers(int proc, const ServersOf& which, bool (*visit)(pid_t, void*),
                                 void* with);

/// What is left of them (rule R15: only with none, and the postmaster reaped, is a server proven
/// stopped). A process that has ended and was not reaped is none. The error is a sentence for the
/// log: nothing is known then.
[[nodiscard]] std::expected<std::vector<pid_t>, std::string> running_servers(
    const ServersOf& which);

/// A descriptor of the /proc of our own PID namespace; nothing where there is none.
[[nodiscard]] std::optional<int> open_proc();

}  // namespace process
