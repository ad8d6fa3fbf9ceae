#include "postgres/server_file.hpp"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <system_error>

#include "postgres/files.hpp"

namespace postgres {
namespace {

using std::filesystem::path;

/// Lines of the file, by number from 0 (pidfile.h, LOCK_FILE_LINE_* less one).
enum Line : std::size_t {
  pid_line,
  data_line,
  start_line,
  port_line,
  socket_line,
  listen_line,
  shmem_line,
  status_line
};
constexpr std::size_t line_count = status_line + 1;

std::array<std::string_view, line_count> split(std::string_view text) {
  std::array<std::string_view, line_count> lines;
  for (std::string_view& line : lines) {
    const auto end = text.find('\n');
    line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

template <class Number>
Number number_in(std::string_view line) {
  Number number{};
  std::from_chars(line.data(), line.data() + line.size(), number);
  return number;
}

std::optional<core::ServerPhase> phase_in(std::string_view line) {
  line =
      line.substr(0, line.find(' '));  // padded to one length, so that it is overwritten in place
  if (line == "starting") return core::ServerPhase::starting;
  if (line == "stopping") return core::ServerPhase::stopping;
  if (line == "ready") return core::ServerPhase::ready;
  if (line == "standby") return core::ServerPhase::standby;
  return std::nullopt;
}

/// The state letter of /proc/PID/stat, behind the last `)` of the name.
char state_in(std::string_view stat) {
  const auto end = stat.rfind(')');
  return end == std::string_view::npos || end + 2 >= stat.size() ? '?' : stat[end + 2];
}

bool works_elsewhere(const path& entry, const path& pgdata) {
  struct stat theirs{};
  struct stat ours{};
  if (pgdata.empty() || ::stat((entry / "cwd").c_str(), &theirs) != 0 ||
      ::stat(pgdata.c_str(), &ours) != 0) {
    return false;
  }
  return theirs.st_dev != ours.st_dev || theirs.st_ino != ours.st_ino;
}

bool exists_for_kernel(pid_t pid) {
  return ::kill(pid, 0) == 0 || errno == EPERM;
}

std::string describe(const path& proc, pid_t pid) {
  const auto comm = read_file(proc / std::to_string(pid) / "comm");
  std::string number = "process " + std::to_string(pid);
  if (!comm || !*comm) return number;
  return number + " (" + (*comm)->substr(0, (*comm)->find('\n')) + ")";
}

std::optional<pid_t> pid_in(const path& lock_file) {
  const auto text = read_file(lock_file);
  if (!text || !*text) return std::nullopt;
  const auto parsed = parse_server_file(**text);
  if (!parsed) return std::nullopt;
  return parsed->pid;
}

}  // namespace

std::optional<ServerFile> parse_server_file(std::string_view text) {
  const auto lines = split(text);
  ServerFile file;
  file.pid = number_in<pid_t>(lines[pid_line]);
  if (file.pid < 0)
    file.pid = -file.pid;  // a standalone backend (postgres --single) writes its pid negated
  if (file.pid == 0) return std::nullopt;
  file.data_directory = lines[data_line];
  file.start_time = number_in<std::int64_t>(lines[start_line]);
  file.port = number_in<std::uint16_t>(lines[port_line]);
  file.socket_directory = lines[socket_line];
  file.listen_address = lines[listen_line];
  file.phase = phase_in(lines[status_line]);
  return file;
}

std::expected<std::optional<ServerFile>, Problem> read_server_file(const path& pgdata) {
  const auto text = read_file(pgdata / "postmaster.pid");
  if (!text) return std::unexpected(text.error());
  if (!*text) return std::nullopt;
  return parse_server_file(**text);
}

Occupant occupant(pid_t pid, const path& pgdata, const path& proc) {
  if (pid <= 0) return Occupant::nobody;
  const path entry = proc / std::to_string(pid);
  const auto comm = read_file(entry / "comm");
  if (!comm || !*comm) {
    // Hidden (hidepid) is not the same as gone; to be on the safe side it is PostgreSQL then.
    return proc == "/proc" && exists_for_kernel(pid) ? Occupant::postgres : Occupant::nobody;
  }
  const auto stat = read_file(entry / "stat");
  if (stat && *stat && state_in(**stat) == 'Z')
    return Occupant::stranger;  // dead, and still in PostgreSQL's way
  const std::string name = (*comm)->substr(0, (*comm)->find('\n'));
  if (name != "postgres" && name != "postmaster") return Occupant::stranger;
  return works_elsewhere(entry, pgdata) ? Occupant::stranger : Occupant::postgres;
}

LockVerdict judge_server_file(const path& pgdata, const path& proc) {
  const auto pid = pid_in(pgdata / "postmaster.pid");
  if (!pid) return {};
  LockVerdict verdict{.occupant = occupant(*pid, pgdata, proc), .pid = *pid, .text = {}};
  const std::string file = (pgdata / "postmaster.pid").string() + " names " + describe(proc, *pid);
  if (verdict.occupant == Occupant::stranger)
    verdict.text = file + ", which is not a server on this data directory: it is stale.";
  if (verdict.occupant == Occupant::postgres) {
    verdict.text = file + ": a PostgreSQL server is running on this data directory. Stop it first.";
  }
  return verdict;
}

std::optional<std::string> grandparent_pid(const LockVerdict& verdict) {
  if (verdict.pid == 0 || verdict.occupant == Occupant::postgres) return std::nullopt;
  return std::to_string(verdict.pid);
}

bool remove_stale_socket_lock(const path& socket_directory, std::uint16_t port, const path& proc) {
  const path lock_file = socket_directory / (".s.PGSQL." + std::to_string(port) + ".lock");
  const auto pid = pid_in(lock_file);
  if (!pid || occupant(*pid, {}, proc) != Occupant::stranger) return false;
  std::error_code error;
  return std::filesystem::remove(lock_file, error);
}

}  // namespace postgres
