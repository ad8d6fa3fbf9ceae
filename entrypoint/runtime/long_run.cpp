#include "runtime/long_run.hpp"

#include <unistd.h>

#include <fstream>
#include <vector>

namespace runtime {
namespace {

/// The children of a process, as the kernel lists them; empty where it does not
/// (CONFIG_PROC_CHILDREN is not set).
std::vector<pid_t> children_of(pid_t parent) {
  const std::string number = std::to_string(parent);
  std::ifstream list("/proc/" + number + "/task/" + number + "/children");
  std::vector<pid_t> found;
  for (pid_t child = 0; list >> child;)
    found.push_back(child);
  return found;
}

/// SIGKILL to a child's group, and to the children that left the group: a postmaster's backends are
/// sessions of their own and do not all notice at once that it is gone. Stopped first, it forks no
/// more while we look.
void kill_with_children(const process::Child& child) {
  if (!child.signal(SIGSTOP)) return;
  for (const pid_t grandchild : children_of(child.pid()))
    ::kill(grandchild, SIGKILL);
  child.signal_group(SIGKILL);
}

}  // namespace

Failure stopped() {
  return Failure{.exit_code = 128 + SIGTERM, .message = "a stop was asked for", .system_error = 0};
}

LongRun::LongRun(const boost::asio::any_io_executor& executor, process::Reaper& reaper)
    : executor_(executor), children_(executor, reaper) {}

Outcome<process::Child> LongRun::start(const process::Command& command, int stop_signal) {
  if (stopping_) return std::unexpected(stopped());
  auto child = children_.start(command);
  if (!child) {
    const process::SpawnError& error = child.error();
    return std::unexpected(Failure{
        .exit_code = error.exit_code(), .message = error.message, .system_error = error.error});
  }
  stop_signals_[child->pid()] = stop_signal;
  return std::move(*child);
}

boost::asio::awaitable<Outcome<core::ExitStatus>> LongRun::end_of(process::Child child) {
  const core::ExitStatus status = co_await child.exit();
  if (!stopping_) co_return status;
  // Its number may be a process group's still, and no new process can have it then; without one
  // this hits nobody.
  ::kill(-child.pid(), SIGKILL);
  co_return std::unexpected(stopped());
}

boost::asio::awaitable<Outcome<core::ExitStatus>> LongRun::run(process::Command command) {
  const auto child = start(command);
  if (!child) co_return std::unexpected(child.error());
  co_return co_await end_of(*child);
}

void LongRun::stop(bool kill) {
  stopping_ = true;
  for (const process::Child& child : children_.running()) {
    if (kill) {
      kill_with_children(child);
    } else {
      child.signal_group(stop_signals_[child.pid()]);
    }
  }
}

}  // namespace runtime
