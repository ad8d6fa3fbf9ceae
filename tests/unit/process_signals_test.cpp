#include <algorithm>

#include "process_fixture.hpp"

namespace {

using process_test::in_a_copy;
using process_test::Loop;

bool is_blocked(int number) {
  sigset_t mask;
  sigprocmask(SIG_SETMASK, nullptr, &mask);
  return sigismember(&mask, number) == 1;
}

bool is_ignored(int number) {
  struct sigaction now{};
  sigaction(number, nullptr, &now);
  return now.sa_handler == SIG_IGN;
}

using ProcessSignals = Loop;

TEST(ProcessSignalMask, BlocksEverythingButTheSynchronousSignals) {
  const int failed = in_a_copy([] {
    process::block_all();
    for (int number :
         {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGCHLD, SIGPIPE, SIGWINCH, SIGTSTP, SIGUSR1, SIGRTMAX})
      if (!is_blocked(number)) return number;
    for (int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS})
      if (is_blocked(number)) return number;
    return 0;
  });
  EXPECT_EQ(failed, 0) << process::signal_name(failed);
}

TEST(ProcessSignalMask, GivesBackMaskAndDispositionsExactlyAsTheyWereInherited) {
  const int failed = in_a_copy([] {
    std::signal(SIGCHLD, SIG_IGN);
    std::signal(SIGHUP, SIG_IGN);
    sigset_t usr2;
    sigemptyset(&usr2);
    sigaddset(&usr2, SIGUSR2);
    sigprocmask(SIG_BLOCK, &usr2, nullptr);

    const auto inherited = process::block_all();
    process::reset_dispositions();
    if (is_ignored(SIGCHLD) || is_ignored(SIGHUP)) return 1;
    process::restore(inherited);

    if (!is_ignored(SIGCHLD) || !is_ignored(SIGHUP) || is_ignored(SIGTERM)) return 2;
    return is_blocked(SIGUSR2) && !is_blocked(SIGTERM) ? 0 : 3;
  });
  EXPECT_EQ(failed, 0);
}

TEST(ProcessSignalMask, SeesAStopThatIsPendingBeforeTheLoopRuns) {
  for (int stop : {SIGTERM, SIGINT, SIGQUIT}) {
    const int failed = in_a_copy([stop] {
      process::block_all();
      ::raise(SIGHUP);
      if (process::stop_pending()) return 1;
      ::raise(stop);
      return process::stop_pending() ? 0 : 2;
    });
    EXPECT_EQ(failed, 0) << process::signal_name(stop);
  }
}

TEST(ProcessSignalMask, NamesSignals) {
  EXPECT_EQ(process::signal_name(SIGTERM), "SIGTERM");
  EXPECT_EQ(process::signal_name(SIGRTMIN + 3), "signal " + std::to_string(SIGRTMIN + 3));
}

TEST_F(ProcessSignals, YieldsEverySignalWithItsSender) {
  const std::vector<int> numbers = {SIGTERM, SIGINT,  SIGQUIT,  SIGHUP,  SIGUSR1,
                                    SIGUSR2, SIGPIPE, SIGWINCH, SIGALRM, SIGTSTP};
  for (int number : numbers)
    ::kill(::getpid(), number);
  run_until([&] { return received.size() == numbers.size(); });
  for (int number : numbers) {
    EXPECT_TRUE(std::ranges::any_of(received, [&](auto& each) {
      return each.number == number && each.sender == ::getpid();
    })) << process::signal_name(number);
  }
}

TEST_F(ProcessSignals, TellsAChildsSignalFromOurOwn) {
  auto child = children.start(shell("kill -HUP $PPID; exit 0"));
  ASSERT_TRUE(child);
  const pid_t pid = child->pid();
  run_until([&] { return !child->running() && !received.empty(); });
  EXPECT_EQ(received.front().number, SIGHUP);
  EXPECT_EQ(received.front().sender, pid);
}

}  // namespace
