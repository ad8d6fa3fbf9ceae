#include "process/reaper.hpp"

#include <sys/wait.h>

#include <cerrno>
#include <unordered_map>
#include <utility>

#include <boost/asio/post.hpp>

namespace process {

namespace {

constexpr int batch = 512;  // about half a millisecond of waitpid, then other events get their turn

core::ExitStatus exit_status(int status) {
  if (WIFSIGNALED(status)) return {.by_signal = true, .number = WTERMSIG(status)};
  return {.by_signal = false, .number = WEXITSTATUS(status)};
}

}  // namespace

struct Reaper::State : std::enable_shared_from_this<State> {
  explicit State(boost::asio::any_io_executor executor) : executor(std::move(executor)) {}

  void reap() {
    for (int taken = 0; taken < batch; ++taken) {
      int status = 0;
      const pid_t pid = ::waitpid(-1, &status, WNOHANG);
      if (pid <= 0) {
        childless = pid < 0 && errno == ECHILD;
        return;
      }
      deliver(pid, exit_status(status));
    }
    childless = false;
    boost::asio::post(executor, [weak = weak_from_this()] {
      if (auto state = weak.lock()) state->reap();
    });
  }

  void deliver(pid_t pid, core::ExitStatus status) {
    auto reader = readers.extract(pid);
    if (reader.empty()) {
      ++orphans;
      return;
    }
    reader.mapped()(status);
  }

  boost::asio::any_io_executor executor;
  std::unordered_map<pid_t, Handler> readers;
  std::uint64_t orphans = 0;
  bool childless = false;
};

Reaper::Reaper(boost::asio::any_io_executor executor)
    : state_(std::make_shared<State>(std::move(executor))) {}
Reaper::~Reaper() = default;

void Reaper::reap() {
  state_->reap();
}
void Reaper::watch(pid_t pid, Handler handler) {
  state_->readers.insert_or_assign(pid, std::move(handler));
}
bool Reaper::watched(pid_t pid) const {
  return state_->readers.contains(pid);
}
std::uint64_t Reaper::orphans() const {
  return state_->orphans;
}
bool Reaper::childless() const {
  return state_->childless;
}

}  // namespace process
