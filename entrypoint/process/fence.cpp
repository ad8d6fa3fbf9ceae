#include "process/fence.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>
#include <utility>

#include "process/fence_guard.hpp"
#include "process/reaper.hpp"

namespace process {

namespace {

std::int64_t nanoseconds(core::Instant instant) {
  return instant.time_since_epoch().count();
}

}  // namespace

struct Fence::State {
  FencePage* page = nullptr;
  ServersOf which;
  Clock clock = nullptr;
  pid_t process = -1;
  bool ended = false;  ///< reaped: its number may be another's

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    end();
    if (page != nullptr) ::munmap(page, sizeof(FencePage));
  }

  void end() const {
    if (process > 0 && !ended) ::kill(process, SIGKILL);
  }

  std::expected<void, std::string> fork_guard() {
    const pid_t child = ::fork();
    if (child == 0) guard(*page, which, clock);
    if (child < 0)
      return std::unexpected(std::string("cannot start the fence: fork: ") + std::strerror(errno));
    process = child;
    ended = false;
    return {};
  }
};

Fence::Fence(std::shared_ptr<State> state) : state_(std::move(state)) {}
Fence::Fence(Fence&&) noexcept = default;
Fence& Fence::operator=(Fence&&) noexcept = default;
Fence::~Fence() = default;

std::expected<Fence, std::string> Fence::start(const std::filesystem::path& pgdata, Clock clock) {
  auto state = std::make_shared<State>();
  auto which = servers_of(pgdata);
  if (!which) return std::unexpected("cannot start the fence: " + which.error());
  state->which = *which;
  state->clock = clock;
  if (const auto seen = running_servers(*which); !seen) {
    return std::unexpected("cannot start the fence: it would not see what to kill: " +
                           seen.error());
  }
  void* memory =
      ::mmap(nullptr, sizeof(FencePage), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return std::unexpected(std::string("cannot start the fence: mmap: ") + std::strerror(errno));
  state->page = new (memory) FencePage;
  if (const auto forked = state->fork_guard(); !forked) return std::unexpected(forked.error());
  return Fence(std::move(state));
}

void Fence::arm(core::Instant deadline) {
  state_->page->deadline.store(nanoseconds(deadline));
}

bool Fence::move(core::Instant deadline) {
  std::int64_t stands = state_->page->deadline.load();
  if (stands == FencePage::never || nanoseconds(state_->clock()) >= stands) return false;
  // Nobody but us writes it. Where we were stopped since the look at the clock, the fence has
  // struck meanwhile, and `killed` and the reaper say so: the new deadline is a right one all the
  // same.
  state_->page->deadline.store(nanoseconds(deadline));
  return true;
}

void Fence::disarm() {
  state_->page->deadline.store(FencePage::never);
}

bool Fence::armed() const {
  return state_->page->deadline.load() != FencePage::never;
}
bool Fence::passed() const {
  return nanoseconds(state_->clock()) >= state_->page->deadline.load();
}
std::uint64_t Fence::heartbeat() const {
  return state_->page->heartbeat.load();
}
std::uint64_t Fence::killed() const {
  return state_->page->killed.load();
}
pid_t Fence::pid() const {
  return state_->process;
}

void Fence::watch(Reaper& reaper, std::function<void(core::ExitStatus)> ended) {
  reaper.watch(state_->process, [weak = std::weak_ptr(state_), process = state_->process,
                                 ended = std::move(ended)](core::ExitStatus status) {
    const auto state = weak.lock();
    if (!state || state->process != process) return;  // another has taken its place already
    state->ended = true;
    ended(status);
  });
}

std::expected<void, std::string> Fence::restart() {
  state_->end();
  return state_->fork_guard();
}

bool Fence::recognises(pid_t server) const {
  const std::optional<int> proc = open_proc();
  if (!proc) return false;
  const bool result = is_server(*proc, state_->which, server);
  ::close(*proc);
  return result;
}

std::expected<std::vector<pid_t>, std::string> Fence::servers() const {
  return running_servers(state_->which);
}

}  // namespace process
