// Makes orphans for PID 1 to reap, and times how long that takes.
//
// orphans burst N: N orphans live at once and then end at once; from that instant to the last
// one reaped.
// orphans stream N: one after the other, each ends at once; from the first fork to the last one
// reaped.
//
// Prints the milliseconds. A process that was reaped has no number any more, so kill(number, 0)
// tells; a zombie still has one.

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

namespace {

using Clock = std::chrono::steady_clock;

constexpr int family = 100;  // orphans of one parent, in a burst
constexpr useconds_t pause_us = 50;
constexpr std::chrono::seconds patience{60};

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

pid_t forked() {
  const pid_t child = ::fork();
  if (child < 0) fail("fork");
  return child;
}

void await(pid_t child) {
  int status = 0;
  if (::waitpid(child, &status, 0) != child || status != 0) fail("a parent of orphans");
}

/// Their numbers, in memory that the parents share with us.
std::span<pid_t> numbers(std::size_t count) {
  void* memory = ::mmap(nullptr, count * sizeof(pid_t), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) fail("mmap");
  return {static_cast<pid_t*>(memory), count};
}

Clock::time_point burst(std::span<pid_t> orphans) {
  int gate[2];
  if (::pipe(gate) != 0) fail("pipe");
  for (std::size_t first = 0; first < orphans.size(); first += family) {
    const pid_t parent = forked();
    if (parent == 0) {
      for (pid_t& orphan :
           orphans.subspan(first, std::min<std::size_t>(family, orphans.size() - first))) {
        const pid_t child = forked();
        if (child != 0) {
          orphan = child;
          continue;
        }
        ::close(gate[1]);
        char nothing = 0;
        (void)!::read(gate[0], &nothing, 1);
        ::_exit(0);
      }
      ::_exit(0);
    }
    await(parent);
  }
  const auto begin = Clock::now();
  ::close(gate[1]);
  return begin;
}

Clock::time_point stream(std::span<pid_t> orphans) {
  const auto begin = Clock::now();
  for (pid_t& orphan : orphans) {
    const pid_t parent = forked();
    if (parent == 0) {
      const pid_t child = forked();
      if (child != 0) orphan = child;
      ::_exit(0);
    }
    await(parent);
  }
  return begin;
}

bool exists(pid_t number) {
  return ::kill(number, 0) == 0 || errno != ESRCH;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 || std::atoi(argv[2]) <= 0)
    return std::fputs("usage: orphans burst|stream N\n", stderr), 2;
  const auto orphans = numbers(static_cast<std::size_t>(std::atoi(argv[2])));
  const auto begin = std::string_view(argv[1]) == "burst" ? burst(orphans) : stream(orphans);
  const auto deadline = begin + patience;
  std::size_t reaped = 0;
  while (reaped < orphans.size() && Clock::now() < deadline) {
    if (exists(orphans[reaped]))
      ::usleep(pause_us);
    else
      ++reaped;
  }
  const auto taken = std::chrono::duration<double, std::milli>(Clock::now() - begin);
  if (reaped < orphans.size())
    return std::fprintf(stderr, "%zu orphans were not reaped\n", orphans.size() - reaped), 1;
  std::printf("%.3f\n", taken.count());
}
