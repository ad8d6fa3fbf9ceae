#include "process/signals.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace process {

namespace {

// Blocking these would hide a fault of our own: the kernel kills then anyway, without a handler's
// or a core's word.
constexpr std::array synchronous = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};

sigset_t all_but_synchronous() {
  sigset_t set;
  sigfillset(&set);
  for (int number : synchronous)
    sigdelset(&set, number);
  return set;
}

sigset_t ignored_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int number = 1; number <= SIGRTMAX; ++number) {
    struct sigaction now{};
    if (sigaction(number, nullptr, &now) == 0 && now.sa_handler == SIG_IGN) sigaddset(&set, number);
  }
  return set;
}

}  // namespace

InheritedSignals block_all() {
  InheritedSignals inherited{.mask = {}, .ignored = ignored_signals()};
  const sigset_t blocked = all_but_synchronous();
  sigprocmask(SIG_SETMASK, &blocked, &inherited.mask);
  return inherited;
}

void reset_dispositions() {
  // Only what was ignored can have survived the exec that started us; a sanitizer's own handlers
  // stay.
  const sigset_t ignored = ignored_signals();
  for (int number = 1; number <= SIGRTMAX; ++number) {
    if (sigismember(&ignored, number) == 1) std::signal(number, SIG_DFL);
  }
}

void restore(const InheritedSignals& inherited) {
  for (int number = 1; number <= SIGRTMAX; ++number) {
    if (sigismember(&inherited.ignored, number) == 1) std::signal(number, SIG_IGN);
  }
  sigprocmask(SIG_SETMASK, &inherited.mask, nullptr);
}

bool stop_pending() {
  sigset_t pending;
  sigemptyset(&pending);
  if (sigpending(&pending) != 0) return false;
  return sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1 ||
         sigismember(&pending, SIGQUIT) == 1;
}

std::string signal_name(int number) {
  const char* name = sigabbrev_np(number);
  return name == nullptr ? "signal " + std::to_string(number) : std::string("SIG") + name;
}

struct SignalSource::State {
  boost::asio::posix::stream_descriptor descriptor;
  std::array<signalfd_siginfo, 16> read;  // one wake-up, one read, up to sixteen signals
  std::size_t next = 0;
  std::size_t count = 0;
};

SignalSource::SignalSource(std::unique_ptr<State> state) : state_(std::move(state)) {}
SignalSource::SignalSource(SignalSource&&) noexcept = default;
SignalSource& SignalSource::operator=(SignalSource&&) noexcept = default;
SignalSource::~SignalSource() = default;

std::expected<SignalSource, std::string> SignalSource::open(
    const boost::asio::any_io_executor& executor) {
  const sigset_t set = all_but_synchronous();
  const int descriptor = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (descriptor < 0)
    return std::unexpected(std::string("cannot read signals: signalfd: ") + std::strerror(errno));
  auto state = std::make_unique<State>(boost::asio::posix::stream_descriptor(executor));
  boost::system::error_code error;
  state->descriptor.assign(descriptor, error);
  if (error) {
    ::close(descriptor);
    return std::unexpected("cannot read signals: " + error.message());
  }
  return SignalSource(std::move(state));
}

boost::asio::awaitable<std::expected<ReceivedSignal, std::string>> SignalSource::next() {
  State& state = *state_;
  if (state.next == state.count) {
    auto [error, size] = co_await state.descriptor.async_read_some(
        boost::asio::buffer(state.read.data(), sizeof(state.read)),
        boost::asio::as_tuple(boost::asio::use_awaitable));
    if (error) co_return std::unexpected("cannot read signals: " + error.message());
    state.next = 0;
    state.count = size / sizeof(signalfd_siginfo);
  }
  const signalfd_siginfo& info = state.read[state.next++];
  co_return ReceivedSignal{.number = static_cast<int>(info.ssi_signo),
                           .sender = static_cast<pid_t>(info.ssi_pid)};
}

void SignalSource::close() {
  boost::system::error_code ignored;
  state_->descriptor.close(ignored);
}

}  // namespace process
