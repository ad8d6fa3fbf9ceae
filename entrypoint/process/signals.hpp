#pragma once

#include <sys/types.h>

#include <csignal>
#include <expected>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace process {

/// What this process got from whoever started it: `exec` gives it on unchanged, children never see
/// it.
struct InheritedSignals {
  sigset_t mask;     ///< the signals that were blocked
  sigset_t ignored;  ///< the signals whose disposition was SIG_IGN
};

/// The first thing main does: blocks every signal but the synchronous ones (SEGV BUS FPE ILL ABRT
/// TRAP SYS), so that nothing can end or pause this process before a SignalSource reads it. Says
/// what was inherited.
InheritedSignals block_all();

/// Every disposition back to SIG_DFL. With SIGCHLD inherited as ignored the kernel reaps for itself
/// and no exit status ever arrives: tini hangs there. Call it before the first child.
void reset_dispositions();

/// Puts mask and dispositions back as they were inherited: for `exec` only.
void restore(const InheritedSignals& inherited);

/// Has SIGTERM, SIGINT or SIGQUIT arrived and not been read yet? For work that blocks before the
/// loop runs.
[[nodiscard]] bool stop_pending();

/// `SIGTERM`; `signal 40` for one without a name.
[[nodiscard]] std::string signal_name(int number);

struct ReceivedSignal {
  int number = 0;
  pid_t sender = 0;  ///< 0: the kernel, or a process outside our PID namespace
};

/// Every blocked signal, read from one signalfd on the loop. Owned by whoever runs the loop, one
/// per process. It never acts on a signal and never installs a handler.
class SignalSource {
 public:
  /// Fails only when the kernel has no descriptor for us; the error is a sentence for the log.
  static std::expected<SignalSource, std::string> open(
      const boost::asio::any_io_executor& executor);
  SignalSource(SignalSource&&) noexcept;
  SignalSource& operator=(SignalSource&&) noexcept;
  ~SignalSource();

  /// The next signal. An error means that the source was closed, or that the loop ends. One caller
  /// at a time.
  boost::asio::awaitable<std::expected<ReceivedSignal, std::string>> next();
  void close();

 private:
  struct State;
  explicit SignalSource(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace process
