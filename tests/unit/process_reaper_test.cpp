#include "process_fixture.hpp"

namespace {

using process_test::Loop;

pid_t fork_that_exits(int code) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(code);
  return pid;
}

using ProcessReaper = Loop;

TEST_F(ProcessReaper, S10GivesEachStatusToExactlyOneReader) {
  int calls = 0;
  std::optional<core::ExitStatus> status;
  const pid_t pid = fork_that_exits(3);
  reaper.watch(pid, [&](core::ExitStatus how) {
    ++calls;
    status = how;
  });
  EXPECT_TRUE(reaper.watched(pid));

  run_until([&] { return status.has_value(); });
  reaper.reap();

  EXPECT_EQ(calls, 1);
  EXPECT_EQ(*status, (core::ExitStatus{.by_signal = false, .number = 3}));
  EXPECT_FALSE(reaper.watched(pid));
  EXPECT_EQ(reaper.orphans(), 0U);
}

TEST_F(ProcessReaper, ReportsTheSignalThatEndedAProcess) {
  std::optional<core::ExitStatus> status;
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::raise(SIGKILL);
    ::_exit(0);
  }
  reaper.watch(pid, [&](core::ExitStatus how) { status = how; });
  run_until([&] { return status.has_value(); });
  EXPECT_EQ(*status, (core::ExitStatus{.by_signal = true, .number = SIGKILL}));
  EXPECT_EQ(status->code(), 137);
}

TEST_F(ProcessReaper, KeepsTheStatusOfAChildThatDiedBeforeItWasWatched) {
  const pid_t pid = fork_that_exits(5);
  siginfo_t info;
  ASSERT_EQ(::waitid(P_PID, pid, &info, WEXITED | WNOWAIT),
            0);  // it is dead, and nobody has read its status

  std::optional<core::ExitStatus> status;
  reaper.watch(pid, [&](core::ExitStatus how) { status = how; });
  run_until([&] { return status.has_value(); });
  EXPECT_EQ(status->number, 5);
}

TEST_F(ProcessReaper, S10ReapsEveryOrphanAndCallsNobodyForThem) {
  bool called = false;
  const pid_t ours = ::fork();
  if (ours == 0) {
    ::pause();
    ::_exit(0);
  }
  reaper.watch(ours, [&](core::ExitStatus) { called = true; });
  for (int i = 0; i < 2000; ++i)
    fork_that_exits(i % 3);

  run_until([&] { return reaper.orphans() == 2000; });

  EXPECT_FALSE(called);
  EXPECT_FALSE(reaper.childless());
  ::kill(ours, SIGKILL);
  run_until([&] { return called; });
  EXPECT_EQ(reaper.orphans(), 2000U);
  EXPECT_TRUE(reaper.childless());
}

TEST_F(ProcessReaper, LetsTheLoopRunInAStormOfOrphans) {
  for (int i = 0; i < 1300; ++i)
    fork_that_exits(0);
  siginfo_t info;
  while (::waitid(P_ALL, 0, &info, WEXITED | WNOWAIT | WNOHANG) == 0 && info.si_pid == 0) {
  }
  reaper.reap();
  EXPECT_LE(reaper.orphans(), 512U);  // the rest comes by itself, after the other events
  run_until([&] { return reaper.childless(); });
  EXPECT_EQ(reaper.orphans(), 1300U);
}

TEST_F(ProcessReaper, AHandlerMayStartTheNextChild) {
  std::optional<core::ExitStatus> second;
  reaper.watch(fork_that_exits(1), [&](core::ExitStatus) {
    reaper.watch(fork_that_exits(2), [&](core::ExitStatus how) { second = how; });
  });
  run_until([&] { return second.has_value(); });
  EXPECT_EQ(second->number, 2);
  EXPECT_EQ(reaper.orphans(), 0U);
}

}  // namespace
