#include "process/init.hpp"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/exit_status.hpp"
#include "process/protection.hpp"
#include "process/reaper.hpp"
#include "process/signals.hpp"
#include "process/spawn.hpp"

namespace process {

namespace {

namespace asio = boost::asio;

// A second for what the command left behind.
constexpr std::chrono::milliseconds step_to_end_well{10};
constexpr int steps_to_end_well = 100;

// The terminal on descriptor 0, when ours is its foreground group: only then is it ours to give
// away.
bool has_foreground() {
  return ::isatty(STDIN_FILENO) == 1 && ::tcgetpgrp(STDIN_FILENO) == ::getpgrp();
}

std::expected<pid_t, SpawnError> start(const std::vector<std::string>& words,
                                       const std::vector<std::string>& environment,
                                       bool foreground) {
  Command command{.program = words.front(),
                  .args = {words.begin() + 1, words.end()},
                  .environment = environment,
                  .stdin_fd = STDIN_FILENO,
                  .foreground = foreground};
  auto child = spawn(command);
  if (child || child.error().error != ENOEXEC) return child;
  // A script without a first line, as in exec.cpp.
  auto file = find_program(command.program, environment);
  if (!file) return child;
  command.program = "/bin/sh";
  command.args.insert(command.args.begin(), *file);
  return spawn(command);
}

// One command and what becomes of it. Owned by run_init for the length of its loop.
class Init {
 public:
  Init(SignalSource signals, asio::io_context& loop)
      : loop_(loop), signals_(std::move(signals)), reaper_(loop.get_executor()) {}

  // The status to exit with.
  int run(pid_t child) {
    child_ = child;
    reaper_.watch(child, [this](core::ExitStatus status) {
      status_ = status;
      asio::co_spawn(loop_, clear_up(), asio::detached);
    });
    asio::co_spawn(loop_, read_signals(), asio::detached);
    loop_.run();
    return status_ ? status_->code() : 1;
  }

 private:
  asio::awaitable<void> read_signals() {
    for (;;) {
      const auto signal = co_await signals_.next();
      if (!signal) break;
      if (signal->number == SIGCHLD)
        reaper_.reap();
      else if (!status_)
        forward(*signal);
      else if (signal->number == SIGTERM || signal->number == SIGINT)
        break;  // a second stop does not wait for what the command left behind
    }
    loop_.stop();
  }

  void forward(const ReceivedSignal& signal) const {
    // TTIN and TTOU are about our own use of the terminal; one that we sent ourselves is SIGPIPE of
    // a closed log.
    if (signal.number == SIGTTIN || signal.number == SIGTTOU || signal.sender == ::getpid()) return;
    ::kill(child_, signal.number);
  }

  // The command has ended. What it left behind may end well, but not for ever.
  asio::awaitable<void> clear_up() {
    const bool everything = ::getpid() == 1;
    const pid_t target = everything ? -1 : -child_;
    ::kill(target, SIGTERM);
    ::kill(target, SIGCONT);
    asio::steady_timer step(loop_);
    for (int left = everything ? steps_to_end_well : 0; left > 0 && !reaper_.childless(); --left) {
      step.expires_after(step_to_end_well);
      co_await step.async_wait(asio::use_awaitable);
    }
    loop_.stop();
  }

  asio::io_context& loop_;
  SignalSource signals_;
  Reaper reaper_;
  pid_t child_ = -1;
  std::optional<core::ExitStatus> status_;
};

int complain(const std::string& message, int code) {
  std::fprintf(stderr, "pgordinal: %s\n", message.c_str());
  return code;
}

}  // namespace

int run_init(const std::vector<std::string>& command, const std::vector<std::string>& environment) {
  if (command.empty())
    return complain("init: no command: pgordinal init -- COMMAND [ARGUMENT...]", 1);
  if (::getpid() != 1 && !become_subreaper())
    return complain("init: the kernel has no child subreaper", 1);

  asio::io_context loop(1);
  auto signals = SignalSource::open(loop.get_executor());
  if (!signals) return complain("init: " + signals.error(), 1);
  const bool foreground = has_foreground();
  auto child = start(command, environment, foreground);
  if (!child) return complain(child.error().message, child.error().exit_code());

  const int code = Init(*std::move(signals), loop).run(*child);
  if (foreground) ::tcsetpgrp(STDIN_FILENO, ::getpgrp());
  return code;
}

}  // namespace process
