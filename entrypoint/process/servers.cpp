#include "process/servers.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace process {

namespace {

constexpr std::string_view server_program = "postgres";

/// `PID/NAME` below /proc, without an allocation.
struct Name {
  char text[64] = {};

  Name(pid_t pid, std::string_view name) {
    char* end = std::to_chars(text, text + 16, pid).ptr;
    *end++ = '/';
    name.copy(end, name.size());
  }
};

struct Link {
  char text[PATH_MAX];
  std::string_view target;  ///< empty: there is none, or we may not see it
  int error = 0;

  Link(int proc, pid_t pid, std::string_view name) {
    const ssize_t size = ::readlinkat(proc, Name(pid, name).text, text, sizeof(text));
    if (size < 0) error = errno;
    if (size > 0) target = {text, static_cast<std::size_t>(size)};
  }
  [[nodiscard]] bool hidden() const { return error == EACCES || error == EPERM; }
};

struct Stat {
  char text[512];
  std::string_view program;
  pid_t parent = -1;

  Stat(int proc, pid_t pid) {
    const int file = ::openat(proc, Name(pid, "stat").text, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    const ssize_t size = ::read(file, text, sizeof(text));
    ::close(file);
    if (size <= 0) return;
    // `PID (PROGRAM) STATE PARENT …`, and PROGRAM may hold anything.
    const std::string_view whole(text, static_cast<std::size_t>(size));
    const std::size_t begin = whole.find('(');
    const std::size_t end = whole.rfind(')');
    if (begin == whole.npos || end == whole.npos || end < begin || end + 4 >= whole.size()) return;
    program = whole.substr(begin + 1, end - begin - 1);
    std::from_chars(text + end + 4, text + size, parent);
  }
};

enum class Program { server, other, hidden };

Program program_of(int proc, pid_t pid) {
  const Link exe(proc, pid, "exe");
  if (exe.hidden()) return Program::hidden;
  std::string_view file = exe.target;
  file.remove_prefix(file.rfind('/') + 1);  // npos + 1 is 0
  // An upgrade of the package replaces the file of a running server.
  constexpr std::string_view deleted = " (deleted)";
  if (file.ends_with(deleted)) file.remove_suffix(deleted.size());
  return file == server_program ? Program::server : Program::other;
}

bool works_in(int proc, const ServersOf& which, pid_t pid) {
  // The name is enough where no other container's processes are seen, and asking for it never waits
  // for a file system that hangs.
  if (which.owner == 1 && Link(proc, pid, "cwd").target == which.path) return true;
  struct statx found{};
  const Name name(pid, "cwd");
  if (::statx(proc, name.text, AT_STATX_DONT_SYNC, STATX_INO, &found) == 0) {
    return found.stx_ino == which.inode && found.stx_dev_major == which.device_major &&
           found.stx_dev_minor == which.device_minor;
  }
  return false;
}

bool is_child(int proc, const ServersOf& which, pid_t pid, bool hidden) {
  const Stat stat(proc, pid);
  if (hidden && stat.program != server_program) return false;
  if (stat.parent == which.owner) return true;
  if (stat.parent <= 0) return false;
  switch (program_of(proc, stat.parent)) {
    case Program::other: return false;
    case Program::server:
      return works_in(proc, which, stat.parent) || Stat(proc, stat.parent).parent == which.owner;
    case Program::hidden: {
      const Stat parent(proc, stat.parent);
      return parent.program == server_program && parent.parent == which.owner;
    }
  }
  return false;
}

}  // namespace

std::expected<ServersOf, std::string> servers_of(const std::filesystem::path& pgdata) {
  ServersOf which{.owner = ::getpid()};
  struct statx found{};
  std::error_code error;
  const std::string path = std::filesystem::canonical(pgdata, error);
  if (error) return std::unexpected("cannot look at " + pgdata.string() + ": " + error.message());
  if (path.size() >= sizeof(which.path))
    return std::unexpected("the path of " + pgdata.string() + " is too long");
  if (::statx(AT_FDCWD, path.c_str(), 0, STATX_INO, &found) != 0)
    return std::unexpected("cannot look at " + path + ": " + std::strerror(errno));
  path.copy(which.path, path.size());
  which.device_major = found.stx_dev_major;
  which.device_minor = found.stx_dev_minor;
  which.inode = found.stx_ino;
  return which;
}

bool is_server(int proc, const ServersOf& which, pid_t pid) {
  switch (program_of(proc, pid)) {
    case Program::other: return false;
    case Program::server: return works_in(proc, which, pid) || is_child(proc, which, pid, false);
    case Program::hidden:
      // As PID 1 whatever is called so is taken for one: better one too many than one that writes.
      if (which.owner == 1) return Stat(proc, pid).program == server_program;
      return is_child(proc, which, pid, true);
  }
  return false;
}

bool visit_servers(int proc, const ServersOf& which, bool (*visit)(pid_t, void*), void* with) {
  if (::lseek(proc, 0, SEEK_SET) != 0) return false;
  alignas(dirent64) char buffer[8192];
  for (;;) {
    const ssize_t size = ::getdents64(proc, buffer, sizeof(buffer));
    if (size <= 0) return size == 0;
    for (ssize_t at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer + at);
      at += entry->d_reclen;
      pid_t pid = 0;
      const char* end = entry->d_name + std::strlen(entry->d_name);
      const auto [rest, error] = std::from_chars(entry->d_name, end, pid);
      if (error != std::errc{} || rest != end) continue;
      if (is_server(proc, which, pid) && !visit(pid, with)) return true;
    }
  }
}

std::expected<std::vector<pid_t>, std::string> running_servers(const ServersOf& which) {
  const std::optional<int> proc = open_proc();
  if (!proc) return std::unexpected("/proc is not that of our own PID namespace");
  std::vector<pid_t> found;
  const bool whole = visit_servers(
      *proc, which,
      [](pid_t pid, void* into) {
        static_cast<std::vector<pid_t>*>(into)->push_back(pid);
        return true;
      },
      &found);
  ::close(*proc);
  if (!whole) return std::unexpected("/proc could not be read to its end");
  return found;
}

std::optional<int> open_proc() {
  const int proc = ::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (proc < 0) return {};
  char text[16];
  const ssize_t size = ::readlinkat(proc, "self", text, sizeof(text));
  pid_t self = 0;
  if (size > 0) std::from_chars(text, text + size, self);
  if (self == ::getpid()) return proc;
  ::close(proc);
  return {};
}

}  // namespace process
