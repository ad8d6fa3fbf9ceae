#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "process_fixture.hpp"

namespace {

using boost::asio::awaitable;
using namespace std::chrono_literals;
using process_test::Capture;
using process_test::Loop;

class ProcessChildren : public Loop {
 protected:
  static bool group_is_gone(pid_t group) { return ::kill(-group, 0) != 0; }

  /// Starts a script and returns once it has written its first line.
  process::Child ready(const std::string& script) {
    Capture capture;
    auto command = shell(script);
    command.stdout_fd = capture.writer();
    auto child = children.start(command);
    char byte = 0;
    EXPECT_EQ(::read(capture.reader(), &byte, 1), 1);
    capture.close_writer();
    return *child;
  }

  awaitable<void> pause(std::chrono::milliseconds length) {
    boost::asio::steady_timer timer(loop, length);
    co_await timer.async_wait(boost::asio::use_awaitable);
  }
};

TEST_F(ProcessChildren, RunReturnsTheStatus) {
  run([&]() -> awaitable<void> {
    auto command = shell("exit 7");
    auto status = co_await children.run(command);
    EXPECT_TRUE(status && status->number == 7);
    EXPECT_TRUE(children.running().empty());
  });
}

TEST_F(ProcessChildren, RunReturnsWhyNothingStarted) {
  run([&]() -> awaitable<void> {
    process::Command command{.program = "/no/such"};
    auto status = co_await children.run(command);
    EXPECT_FALSE(status);
    EXPECT_EQ(status.error().exit_code(), 127);
    EXPECT_TRUE(children.running().empty());
  });
}

TEST_F(ProcessChildren, StopReachesTheWholeGroupOfWhateverRunsNow) {
  run([&]() -> awaitable<void> {
    const process::Child child = ready("sleep 100 & echo; sleep 100; true");
    EXPECT_EQ(children.running().size(), 1U);
    children.signal_all(SIGTERM);
    const core::ExitStatus status = co_await child.exit();
    EXPECT_EQ(status.code(), 128 + SIGTERM);
    for (int left = 500; left > 0 && !group_is_gone(child.pid()); --left)
      co_await pause(10ms);
    EXPECT_TRUE(group_is_gone(child.pid()));
  });
}

TEST_F(ProcessChildren, StopKillsWhatIgnoresItOnceTheBudgetIsOver) {
  run([&]() -> awaitable<void> {
    const process::Child child =
        ready("trap '' TERM; sleep 100 & echo; while :; do sleep 0.01; done");
    const core::ExitStatus status = co_await child.stop(SIGTERM, 100ms);
    EXPECT_EQ(status.code(), 128 + SIGKILL);
    EXPECT_TRUE(group_is_gone(child.pid()));
  });
}

TEST_F(ProcessChildren, StopAlsoEndsMembersThatOutliveTheirLeader) {
  run([&]() -> awaitable<void> {
    const process::Child child = ready("(trap '' TERM; echo; exec sleep 100) & exec sleep 100");
    const core::ExitStatus status = co_await child.stop(SIGTERM, 100ms);
    EXPECT_EQ(status.code(), 128 + SIGTERM);
    EXPECT_TRUE(group_is_gone(child.pid()));
  });
}

TEST_F(ProcessChildren, StopReachesAStoppedProcess) {
  run([&]() -> awaitable<void> {
    process::Command command{.program = "sleep", .args = {"100"}};
    auto child = children.start(command);
    child->signal(SIGSTOP);
    co_await pause(20ms);
    const core::ExitStatus status = co_await child->stop(SIGTERM, 5s);
    EXPECT_EQ(status.code(), 128 + SIGTERM);
  });
}

TEST_F(ProcessChildren, ExitWithinGivesUpAndTheChildGoesOn) {
  run([&]() -> awaitable<void> {
    process::Command command{.program = "sleep", .args = {"100"}};
    auto child = children.start(command);
    const auto none = co_await child->exit_within(20ms);
    EXPECT_FALSE(none);
    EXPECT_TRUE(child->running());
    EXPECT_TRUE(child->signal(SIGKILL));
    const auto status = co_await child->exit_within(5s);
    EXPECT_TRUE(status && status->code() == 137);
  });
}

TEST_F(ProcessChildren, TheEndMayBeAwaitedByManyAndAfterwards) {
  run([&]() -> awaitable<void> {
    auto command = shell("sleep 0.05; exit 6");
    auto child = children.start(command);
    int seen = 0;
    for (int i = 0; i < 3; ++i) {
      boost::asio::co_spawn(
          loop,
          [&seen, copy = *child]() -> awaitable<void> {
            const core::ExitStatus status = co_await copy.exit();
            if (status.number == 6) ++seen;
          },
          boost::asio::detached);
    }
    co_await child->exit();
    const core::ExitStatus again = co_await child->exit();
    EXPECT_EQ(again.number, 6);
    co_await pause(20ms);
    EXPECT_EQ(seen, 3);
  });
}

TEST_F(ProcessChildren, ACancelledWaitLeavesTheChildAlone) {
  run([&]() -> awaitable<void> {
    process::Command command{.program = "sleep", .args = {"100"}};
    auto child = children.start(command);
    boost::asio::cancellation_signal cancel;
    bool ended = false;
    boost::asio::co_spawn(loop, child->exit(),
                          boost::asio::bind_cancellation_slot(
                              cancel.slot(), [&](const std::exception_ptr& problem,
                                                 core::ExitStatus) { ended = bool(problem); }));
    co_await pause(20ms);
    cancel.emit(boost::asio::cancellation_type::terminal);
    co_await pause(20ms);
    EXPECT_TRUE(ended);
    EXPECT_TRUE(child->running());
    child->signal(SIGKILL);
    co_await child->exit();
  });
}

TEST_F(ProcessChildren, NeverSignalsAPidWhoseStatusWasRead) {
  run([&]() -> awaitable<void> {
    auto command = shell("exit 0");
    auto child = children.start(command);
    co_await child->exit();
    EXPECT_FALSE(child->signal(0));
    EXPECT_FALSE(child->signal_group(0));
  });
}

}  // namespace
