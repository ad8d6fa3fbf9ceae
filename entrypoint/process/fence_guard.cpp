#include "process/fence_guard.hpp"

#include <linux/close_range.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <csignal>
#include <ctime>

namespace process {

namespace {

void close_everything() {
  if (::syscall(SYS_close_range, 0U, UINT_MAX, 0U) == 0) return;
  // Linux before 5.9, or a seccomp profile older than the call.
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const int end = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 65536));
  for (int descriptor = 0; descriptor < end; ++descriptor)
    ::close(descriptor);
}

void sleep_until(core::Instant when) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(when);
  const timespec time{.tv_sec = seconds.time_since_epoch().count(),
                      .tv_nsec = (when - seconds).count()};
  if (::clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &time, nullptr) == 0) return;
  // Continued after a stop, or a kernel without such a sleep: never a busy loop.
  const timespec little{.tv_sec = 0, .tv_nsec = 5'000'000};
  ::nanosleep(&little, nullptr);
}

/// The process that guards. Its stack is all the memory that it uses.
class Guard {
 public:
  Guard(FencePage& page, const ServersOf& which, Clock clock)
      : page_(page), which_(which), clock_(clock) {}

  void set_up() {
    // Signals are blocked already, as in our owner. A session of its own: a terminal's signals and
    // those to our owner's group do not come here.
    ::setsid();
    ::prctl(PR_SET_NAME, "pgordinal-fence");
    close_everything();
    if (::chdir("/") != 0) ::_exit(1);
    const std::optional<int> proc = open_proc();
    if (!proc) ::_exit(1);
    proc_ = *proc;
    // One whole round touches every page that a kill needs. They stay in memory from then on, so
    // that it works while the disk does not; without the right to lock all of it, at least the
    // shared page does.
    static_cast<void>(visit_servers(proc_, which_, [](pid_t, void*) { return true; }, nullptr));
    if (::mlockall(MCL_CURRENT | MCL_ONFAULT) != 0) ::mlock(&page_, sizeof(page_));
  }

  [[noreturn]] void run() {
    for (;;) {
      page_.heartbeat.fetch_add(1);
      // Alone, an armed deadline counts as passed: nobody will move it, nobody else stops the
      // server, and one that is started anew should find none that still waits to strike.
      alone_ = ::getppid() != which_.owner;
      found_ = 0;
      if (due()) strike();
      if (alone_ && found_ == 0) ::_exit(0);
      rest();
    }
  }

 private:
  [[nodiscard]] bool due() const {
    const std::int64_t deadline = page_.deadline.load();
    if (deadline == FencePage::never) return false;
    return alone_ || clock_().time_since_epoch().count() >= deadline;
  }

  void strike() {
    // The second time for what a postmaster forked behind the first: from its kill on it forks no
    // more.
    if (round() && found_ > 0) round();
  }

  bool round() {
    const bool whole = visit_servers(
        proc_, which_, [](pid_t pid, void* self) { return static_cast<Guard*>(self)->kill(pid); },
        this);
    // Blind, and all that we can reach is this pod's: better one too many than one that writes. It
    // reaches neither PID 1 nor us.
    if (!whole && which_.owner == 1 && due()) ::kill(-1, SIGKILL);
    return whole;
  }

  /// False when the deadline was moved or taken away meanwhile: what would be found from here on
  /// may have been started rightly.
  bool kill(pid_t pid) {
    if (!due()) return false;
    if (::kill(pid, SIGKILL) != 0) return true;
    ++found_;
    page_.killed.fetch_add(1);
    return true;
  }

  void rest() const {
    const core::Instant now = clock_();
    const core::Instant deadline{core::Duration{page_.deadline.load()}};
    sleep_until(deadline > now ? std::min(deadline, now + Fence::beat) : now + Fence::beat);
  }

  FencePage& page_;
  const ServersOf& which_;
  Clock clock_;
  int proc_ = -1;
  int found_ = 0;  ///< in this round
  bool alone_ = false;
};

}  // namespace

void guard(FencePage& page, const ServersOf& which, Clock clock) {
  Guard fence(page, which, clock);
  fence.set_up();
  fence.run();
}

}  // namespace process
