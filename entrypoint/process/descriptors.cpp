#include "process/descriptors.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>

namespace process {

namespace {

int empty_input() {
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (null >= 0) return null;
  // A root file system without /dev: a pipe that nobody writes to is at its end as well.
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return -1;
  ::close(ends[1]);
  return ends[0];
}

}  // namespace

int place_standard_descriptors(int input, int output, int error) {
  std::array<int, 3> sources = {input < 0 ? empty_input() : input, output, error};
  if (sources[0] < 0) return errno;
  // First out of each other's way: stdout may be wanted where stderr is now.
  for (int target = 0; target < 3; ++target) {
    int& source = sources[target];
    if (source < 0 || source > 2 || source == target) continue;
    source = ::fcntl(source, F_DUPFD_CLOEXEC, 3);
    if (source < 0) return errno;
  }
  for (int target = 0; target < 3; ++target) {
    const int source = sources[target];
    if (source < 0) continue;
    const int done = source == target ? ::fcntl(target, F_SETFD, 0) : ::dup2(source, target);
    if (done < 0) return errno;
  }
  return 0;
}

void close_above_standard_on_exec() {
  if (::syscall(SYS_close_range, 3U, UINT_MAX, CLOSE_RANGE_CLOEXEC) == 0) return;
  // Linux before 5.11, or a seccomp profile older than the call.
  if (DIR* open = ::opendir("/proc/self/fd")) {
    while (const dirent* entry = ::readdir(open)) {
      const int descriptor = std::atoi(entry->d_name);
      if (descriptor > 2) ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    }
    ::closedir(open);
    return;
  }
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const int end = limit.rlim_cur > 65536 ? 65536 : static_cast<int>(limit.rlim_cur);
  for (int descriptor = 3; descriptor < end; ++descriptor)
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

}  // namespace process
