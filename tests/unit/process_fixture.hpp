#pragma once

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "process/children.hpp"
#include "process/protection.hpp"
#include "process/reaper.hpp"
#include "process/signals.hpp"

namespace process_test {

/// A loop with everything that PID 1 has around its children: blocked signals, one source, one
/// reaper.
class Loop : public testing::Test {
 protected:
  Loop()
      : inherited_(process::block_all()),
        reaper(loop.get_executor()),
        children(loop.get_executor(), reaper) {
    auto opened = process::SignalSource::open(loop.get_executor());
    if (!opened || !process::become_subreaper()) std::abort();
    source_.emplace(*std::move(opened));
    boost::asio::co_spawn(loop, read_signals(), boost::asio::detached);
  }
  ~Loop() override {
    // What this test left behind must not become the next one's orphan.
    ::prctl(PR_SET_CHILD_SUBREAPER, 0);
    const auto end = deadline();
    for (pid_t reaped = 0; reaped >= 0 && std::chrono::steady_clock::now() < end;) {
      reaped = ::waitpid(-1, nullptr, WNOHANG);
      if (reaped == 0) ::usleep(1000);
    }
    process::restore(inherited_);
  }

  /// Runs the loop until the coroutine is done; fails when that takes more than half a minute.
  void run(std::function<boost::asio::awaitable<void>()> work) {
    bool done = false;
    boost::asio::co_spawn(loop, std::move(work), [&](const std::exception_ptr& problem) {
      EXPECT_FALSE(problem);
      done = true;
      loop.stop();
    });
    loop.restart();
    loop.run_for(std::chrono::seconds(30));
    EXPECT_TRUE(done) << "the loop had to be given up";
  }

  void run_until(const std::function<bool()>& reached) {
    loop.restart();
    // By the clock, not by rounds: each of thousands of dead children may be an event of its own.
    for (const auto end = deadline(); std::chrono::steady_clock::now() < end && !reached();)
      loop.run_one_for(std::chrono::milliseconds(10));
    EXPECT_TRUE(reached());
  }

  static std::chrono::steady_clock::time_point deadline() {
    return std::chrono::steady_clock::now() + std::chrono::seconds(30);
  }

  static process::Command shell(const std::string& script) {
    return {.program = "/bin/sh", .args = {"-c", script}, .environment = {"PATH=/usr/bin:/bin"}};
  }

 private:
  boost::asio::awaitable<void> read_signals() {
    while (auto signal = co_await source_->next()) {
      received.push_back(*signal);
      if (signal->number == SIGCHLD) reaper.reap();
    }
  }

  process::InheritedSignals inherited_;

 protected:
  boost::asio::io_context loop{1};
  process::Reaper reaper;
  process::Children children;
  std::vector<process::ReceivedSignal> received;

 private:
  std::optional<process::SignalSource> source_;
};

/// Does it in a forked copy of this process and returns its exit status: for what cannot be undone.
inline int in_a_copy(const std::function<int()>& work) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(work());
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// A pipe whose reading end gives all that was written once the last writer is gone.
class Capture {
 public:
  Capture() { EXPECT_EQ(::pipe2(ends_, O_CLOEXEC), 0); }
  ~Capture() {
    ::close(ends_[0]);
    if (ends_[1] >= 0) ::close(ends_[1]);
  }
  [[nodiscard]] int reader() const { return ends_[0]; }
  [[nodiscard]] int writer() const { return ends_[1]; }
  void close_writer() { ::close(std::exchange(ends_[1], -1)); }
  std::string text() {
    close_writer();
    std::string all;
    char buffer[4096];
    for (ssize_t size; (size = ::read(ends_[0], buffer, sizeof(buffer))) > 0;)
      all.append(buffer, size);
    return all;
  }

 private:
  int ends_[2];
};

}  // namespace process_test
