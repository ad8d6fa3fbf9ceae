#include <algorithm>

#include "process_fence_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using process::Fence;
using ProcessFence = process_test::Servers;
using ProcessServers = process_test::Servers;

bool gone(pid_t pid) {
  return ::kill(pid, 0) != 0;
}

TEST_F(ProcessFence, S1KillsTheServerWhenTheDeadlineHasPassedAndNotBefore) {
  Fence guard = fence();
  const process::Child server = start("bin/postgres", data());
  const core::Instant deadline = in(300ms);
  guard.arm(deadline);
  std::optional<core::Instant> ended;
  run_until([&] {
    if (!server.running() && !ended) ended = runtime::now();
    return ended.has_value();
  });
  EXPECT_GE(*ended, deadline);
  EXPECT_EQ(*server.status(), (core::ExitStatus{.by_signal = true, .number = SIGKILL}));
  EXPECT_TRUE(guard.passed());
  EXPECT_GE(guard.killed(), 1U);
}

TEST_F(ProcessFence, ADeadlineThatIsMovedInTimeKillsNobody) {
  Fence guard = fence();
  const process::Child server = start("bin/postgres", data());
  guard.arm(in(500ms));
  const core::Instant begin = runtime::now();
  while (runtime::now() < begin + 1200ms) {
    ASSERT_TRUE(guard.move(in(500ms)));
    loop.restart();
    loop.run_for(100ms);
  }
  EXPECT_TRUE(server.running());
  EXPECT_EQ(guard.killed(), 0U);
}

TEST_F(ProcessFence, R23APassedDeadlineIsNotMoved) {
  Fence guard = fence();
  EXPECT_FALSE(guard.move(in(1h))) << "none is armed";
  EXPECT_FALSE(guard.armed());
  guard.arm(in(-1ms));
  EXPECT_TRUE(guard.passed());
  EXPECT_FALSE(guard.move(in(1h)));
  EXPECT_TRUE(guard.passed());
  guard.arm(in(1h));
  EXPECT_FALSE(guard.passed());
}

TEST_F(ProcessFence, R13KeepsKillingWhileThePassedDeadlineStands) {
  Fence guard = fence();
  guard.arm(in(0ms));
  for (int each = 0; each < 3; ++each) {
    const process::Child server = start("bin/postgres", data());
    run_until([&] { return !server.running(); });
    EXPECT_TRUE(server.status()->by_signal);
  }
  guard.disarm();
  const process::Child server = start("bin/postgres", data());
  const std::uint64_t beats = guard.heartbeat();
  run_until([&] { return guard.heartbeat() > beats + 3; });
  EXPECT_TRUE(server.running());
}

TEST_F(ProcessFence, KillsNothingElse) {
  Fence guard = fence();
  const process::Child archiver = start("bin/archiver", data());
  const process::Child shell = start("shells/sh", data(), {"-c", "sleep 100; :"});
  const pid_t of_initdb = start_below("shells/initdb", "/", data() / "staging");
  const pid_t of_others = start_below("shells/sh", "/", top / "elsewhere");
  const process::Child server = start("bin/postgres", data());
  guard.arm(in(0ms));
  run_until([&] { return !server.running(); });
  const std::uint64_t beats = guard.heartbeat();
  run_until([&] { return guard.heartbeat() > beats + 3; });
  EXPECT_TRUE(archiver.running());
  EXPECT_TRUE(shell.running());
  EXPECT_FALSE(gone(of_initdb));
  EXPECT_FALSE(gone(of_others));
  EXPECT_FALSE(gone(guard.pid()));
}

TEST_F(ProcessFence, R14AHeartbeatCountsUntilTheProcessStandsStill) {
  Fence guard = fence();
  std::uint64_t beats = guard.heartbeat();
  run_until([&] { return guard.heartbeat() > beats; });
  ::kill(guard.pid(), SIGSTOP);
  siginfo_t info;
  ASSERT_EQ(::waitid(P_PID, guard.pid(), &info, WSTOPPED | WNOWAIT), 0);
  beats = guard.heartbeat();
  loop.restart();
  loop.run_for(4 * Fence::beat);
  EXPECT_EQ(guard.heartbeat(), beats);
  // Another takes its place, the one that stood still is gone.
  const pid_t first = guard.pid();
  guard.watch(reaper, [](core::ExitStatus) { FAIL() << "it was replaced"; });
  ASSERT_TRUE(guard.restart());
  EXPECT_NE(guard.pid(), first);
  run_until([&] { return guard.heartbeat() > beats && gone(first); });
}

TEST_F(ProcessFence, S10ItsEndIsToldAndAnotherOneHasTheSameDeadline) {
  Fence guard = fence();
  int told = 0;
  std::function<void(core::ExitStatus)> again = [&](core::ExitStatus status) {
    EXPECT_EQ(status.number, SIGKILL);
    ++told;
    ASSERT_TRUE(guard.restart());
    guard.watch(reaper, again);
  };
  guard.watch(reaper, again);
  const process::Child server = start("bin/postgres", data());
  const core::Instant deadline = in(700ms);
  guard.arm(deadline);
  ::kill(guard.pid(), SIGKILL);
  run_until([&] { return told == 1; });
  EXPECT_TRUE(server.running());
  EXPECT_EQ(reaper.orphans(), 0U);
  run_until([&] { return !server.running(); });
  EXPECT_GE(runtime::now(), deadline);
  EXPECT_EQ(told, 1);
}

TEST_F(ProcessFence, IsOutOfReachOfSignalsToOthers) {
  Fence guard = fence();
  const std::uint64_t beats = guard.heartbeat();
  run_until([&] { return guard.heartbeat() > beats; });
  EXPECT_EQ(::getsid(guard.pid()), guard.pid());
  for (int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGPIPE, SIGCHLD})
    ::kill(guard.pid(), number);
  run_until([&] { return guard.heartbeat() > beats + 5; });
}

TEST_F(ProcessFence, HoldsNoDescriptorOfItsOwner) {
  Fence guard = fence();
  const std::uint64_t beats = guard.heartbeat();
  run_until([&] { return guard.heartbeat() > beats; });
  const std::string own = "/proc/" + std::to_string(guard.pid());
  std::vector<std::string> open;
  for (const auto& entry : std::filesystem::directory_iterator(own + "/fd"))
    open.push_back(std::filesystem::read_symlink(entry.path()));
  EXPECT_EQ(open, std::vector<std::string>{"/proc"});
  EXPECT_EQ(std::filesystem::read_symlink(own + "/cwd"), "/");
}

TEST_F(ProcessFence, S1StrikesAndEndsWhenItsOwnerIsGone) {
  process_test::Capture pids;
  const int failed = process_test::in_a_copy([&] {
    process::become_subreaper();
    auto guard = Fence::start(data(), &runtime::now);
    auto server =
        process::spawn({.program = top / "bin/postgres", .args = {"100"}, .directory = data()});
    if (!guard || !server) return 1;
    guard->arm(runtime::now() + 1h);
    const pid_t both[] = {guard->pid(), *server};
    (void)!::write(pids.writer(), both, sizeof(both));
    ::_exit(0);  // no destructor: as the product leaves
  });
  ASSERT_EQ(failed, 0);
  pid_t both[2] = {};
  pids.text().copy(reinterpret_cast<char*>(both), sizeof(both));
  run_until([&] { return gone(both[0]) && gone(both[1]); });
}

TEST_F(ProcessFence, ADisarmedOneEndsWithItsOwnerAndKillsNobody) {
  process_test::Capture pid;
  const process::Child server = start("bin/postgres", data());
  process_test::in_a_copy([&]() -> int {
    auto guard = Fence::start(data(), &runtime::now);
    const pid_t its = guard->pid();
    (void)!::write(pid.writer(), &its, sizeof(its));
    ::_exit(0);
  });
  pid_t its = 0;
  pid.text().copy(reinterpret_cast<char*>(&its), sizeof(its));
  run_until([&] { return gone(its); });
  EXPECT_TRUE(server.running());
}

TEST_F(ProcessFence, SaysWhatItCannotStartFor) {
  const auto refused = Fence::start(data() / "gone", &runtime::now);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().starts_with("cannot start the fence: cannot look at "))
      << refused.error();
}

TEST_F(ProcessServers, R15AreNoneWhenTheLastIsReaped) {
  const auto which = process::servers_of(data());
  ASSERT_TRUE(which);
  EXPECT_EQ(process::running_servers(*which), std::vector<pid_t>{});
  const process::Child server = start("bin/postgres", data());
  EXPECT_EQ(process::running_servers(*which), std::vector<pid_t>{server.pid()});
  server.signal(SIGKILL);
  run_until([&] { return !server.running(); });
  EXPECT_EQ(process::running_servers(*which), std::vector<pid_t>{});
}

TEST_F(ProcessServers, AreFoundByDirectoryByOwnerAndByParent) {
  const auto which = process::servers_of(data());
  ASSERT_TRUE(which);
  // Not our child (an orphan whose new parent is another), but at work in the directory.
  const pid_t in_directory = start_below("shells/sh", "/", data());
  // Our child (a backend whose postmaster is gone), which a function took elsewhere.
  const process::Child child = start("bin/postgres", "/");
  // A backend that a function took elsewhere, its postmaster there.
  const pid_t below = start_below("shells/postgres", data(), top / "elsewhere");
  const pid_t of_initdb = start_below("shells/initdb", data(), data() / "staging");
  const auto found = process::running_servers(*which);
  ASSERT_TRUE(found);
  const auto holds = [&](pid_t pid) { return std::ranges::count(*found, pid) == 1; };
  EXPECT_TRUE(holds(in_directory));
  EXPECT_TRUE(holds(child.pid()));
  EXPECT_TRUE(holds(below));
  EXPECT_FALSE(holds(of_initdb));
  EXPECT_FALSE(holds(::getpid()));
}

TEST_F(ProcessServers, AreKnownByTheirFileAfterItWasReplaced) {
  const auto which = process::servers_of(data());
  const process::Child server = start("bin/postgres", data());
  std::filesystem::remove(top / "bin/postgres");
  EXPECT_EQ(process::running_servers(*which), std::vector<pid_t>{server.pid()});
}

}  // namespace
