#include "process/lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

namespace process {

namespace {

// A line of /proc/locks: `1: FLOCK  ADVISORY  WRITE 4711 fe:01:131073 0 EOF`. The pid is the one of
// our namespace, 0 or absent for a process outside it.
std::optional<pid_t> holder(int directory) {
  struct stat wanted{};
  if (::fstat(directory, &wanted) != 0) return std::nullopt;
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    std::istringstream fields(line);
    std::string number, kind, strictness, mode, file;
    pid_t pid = 0;
    if (!(fields >> number >> kind >> strictness >> mode >> pid >> file) || kind != "FLOCK")
      continue;
    unsigned major_number = 0, minor_number = 0;
    unsigned long inode = 0;
    if (std::sscanf(file.c_str(), "%x:%x:%lu", &major_number, &minor_number, &inode) != 3) continue;
    if (inode == wanted.st_ino && major_number == major(wanted.st_dev) &&
        minor_number == minor(wanted.st_dev) && pid > 0)
      return pid;
  }
  return std::nullopt;
}

std::string name_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
  std::string name;
  std::getline(file, name);
  return name.empty() ? "pid " + std::to_string(pid) : name + ", pid " + std::to_string(pid);
}

LockError failure(const std::filesystem::path& directory, int descriptor, int error) {
  const std::string path = "\"" + directory.string() + "\"";
  if (error == EWOULDBLOCK) {
    const auto pid = descriptor < 0 ? std::nullopt : holder(descriptor);
    const std::string who = pid ? name_of(*pid) : "a process of another container on this node";
    return {.kind = LockError::Kind::held,
            .message = path + " is in use by another pgordinal (" + who +
                       "): two servers on one data directory would destroy it; stop the other one, "
                       "or give this one "
                       "a volume of its own"};
  }
  if (error == EOPNOTSUPP || error == ENOSYS || error == EBADF || error == ENOLCK) {
    return {.kind = LockError::Kind::unsupported,
            .message = "the file system of " + path + " cannot lock a directory (" +
                       std::strerror(error) +
                       "): nothing but you makes sure that no second server uses it"};
  }
  return {.kind = LockError::Kind::failed,
          .message = "cannot lock " + path + ": " + std::strerror(error)};
}

}  // namespace

Lock::Lock(Lock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Lock& Lock::operator=(Lock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

Lock::~Lock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::expected<Lock, LockError> lock_directory(const std::filesystem::path& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return std::unexpected(failure(directory, -1, errno));
  Lock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0)
    return std::unexpected(failure(directory, descriptor, errno));
  return lock;
}

}  // namespace process
