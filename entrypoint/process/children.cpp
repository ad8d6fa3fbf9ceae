#include "process/children.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <list>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "process/reaper.hpp"

namespace process {

namespace asio = boost::asio;
using asio::awaitable;

struct Child::State {
  State(asio::any_io_executor executor, pid_t pid, bool has_group)
      : executor(std::move(executor)), pid(pid), has_group(has_group) {}

  void ended(core::ExitStatus how) {
    status = how;
    for (asio::steady_timer* waiter : waiters)
      waiter->cancel();
  }

  asio::any_io_executor executor;
  pid_t pid;
  bool has_group;
  std::optional<core::ExitStatus> status;
  std::list<asio::steady_timer*> waiters;
};

namespace {

// A coroutine's timer in the list of a child, for as long as the coroutine waits (or until it is
// cancelled).
class Enrolled {
 public:
  Enrolled(std::list<asio::steady_timer*>& list, asio::steady_timer& timer)
      : list_(list), place_(list.insert(list.end(), &timer)) {}
  Enrolled(const Enrolled&) = delete;
  Enrolled& operator=(const Enrolled&) = delete;
  ~Enrolled() { list_.erase(place_); }

 private:
  std::list<asio::steady_timer*>& list_;
  std::list<asio::steady_timer*>::iterator place_;
};

// Until the child ends or the timer does. A cancellation wakes it too; the next co_await then
// throws it.
template <class State>
awaitable<std::optional<core::ExitStatus>> wait(std::shared_ptr<State> state,
                                                asio::steady_timer& timer) {
  Enrolled enrolled(state->waiters, timer);
  while (!state->status) {
    auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!error) break;
  }
  co_return state->status;
}

awaitable<void> pause(asio::any_io_executor executor, core::Duration length) {
  asio::steady_timer timer(executor, length);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

// What the dead leader left of its group: SIGKILL once the budget is over. The group's number stays
// taken while a member is there, so the signals reach nobody else. A member that even SIGKILL does
// not end within a second is given up.
awaitable<void> clear_group(asio::any_io_executor executor, pid_t group,
                            std::shared_ptr<const bool> over) {
  constexpr core::Duration step = std::chrono::milliseconds(10);
  int patience = 100;
  while (::kill(-group, 0) == 0 && patience > 0) {
    if (*over) {
      ::kill(-group, SIGKILL);
      --patience;
    }
    co_await pause(executor, step);
  }
}

}  // namespace

Child::Child(std::shared_ptr<State> state) : state_(std::move(state)) {}

pid_t Child::pid() const {
  return state_->pid;
}
std::optional<core::ExitStatus> Child::status() const {
  return state_->status;
}

awaitable<core::ExitStatus> Child::exit() const {
  auto state = state_;
  asio::steady_timer never(state->executor, asio::steady_timer::time_point::max());
  const auto status = co_await wait(state, never);
  co_return *status;
}

awaitable<std::optional<core::ExitStatus>> Child::exit_within(core::Duration budget) const {
  auto state = state_;
  asio::steady_timer end(state->executor, budget);
  co_return co_await wait(state, end);
}

bool Child::signal(int number) const {
  return running() && ::kill(state_->pid, number) == 0;
}

bool Child::signal_group(int number) const {
  return running() && ::kill(state_->has_group ? -state_->pid : state_->pid, number) == 0;
}

awaitable<core::ExitStatus> Child::stop(int number, core::Duration budget) const {
  const Child self = *this;  // the caller's copy may go while we wait
  auto over = std::make_shared<bool>(false);
  asio::steady_timer end(self.state_->executor, budget);
  end.async_wait([over](boost::system::error_code error) { *over = !error; });
  self.signal_group(number);
  self.signal_group(SIGCONT);  // a stopped process takes the signal only once it is continued
  if (!co_await self.exit_within(budget)) self.signal_group(SIGKILL);
  const core::ExitStatus status = co_await self.exit();
  if (self.state_->has_group) co_await clear_group(self.state_->executor, self.pid(), over);
  co_return status;
}

struct Children::State {
  asio::any_io_executor executor;
  Reaper& reaper;
  std::vector<Child> running;
};

Children::Children(asio::any_io_executor executor, Reaper& reaper)
    : state_(std::make_shared<State>(std::move(executor), reaper)) {}
Children::~Children() = default;

std::expected<Child, SpawnError> Children::start(const Command& command) {
  auto pid = spawn(command);
  if (!pid) {
    if (pid.error().child > 0) state_->reaper.watch(pid.error().child, [](core::ExitStatus) {});
    return std::unexpected(std::move(pid.error()));
  }
  Child child(std::make_shared<Child::State>(state_->executor, *pid, command.own_group));
  state_->running.push_back(child);
  state_->reaper.watch(
      *pid, [weak = std::weak_ptr(state_), state = child.state_](core::ExitStatus status) {
        state->ended(status);
        if (auto children = weak.lock())
          std::erase_if(children->running, [&](const Child& each) { return each.state_ == state; });
      });
  return child;
}

awaitable<std::expected<core::ExitStatus, SpawnError>> Children::run(Command command) {
  auto child = start(command);
  if (!child) co_return std::unexpected(std::move(child.error()));
  co_return co_await child->exit();
}

std::vector<Child> Children::running() const {
  return state_->running;
}

void Children::signal_all(int number) const {
  for (const Child& child : state_->running)
    child.signal_group(number);
}

}  // namespace process
