#pragma once

#include <csignal>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/exit_status.hpp"
#include "core/settings.hpp"
#include "process/children.hpp"
#include "process/reaper.hpp"
#include "process/spawn.hpp"
#include "runtime/reread.hpp"

namespace runtime {

/// Why a long action ended early. `exit_code` becomes the container's where the failure ends it.
struct Failure {
  int exit_code = 1;
  std::string message;
  int system_error = 0;  ///< errno, where a program could not be started
};

template <class Value = void>
using Outcome = std::expected<Value, Failure>;

/// What every long action is given: how the program was called.
struct Context {
  const core::Settings& settings;
  std::vector<std::string> server_args;  ///< behind `postgres` on the command line, the user's
  std::vector<std::string>
      environment;  ///< as PID 1 got it: init files see all of it (contract clause 47)
  std::function<void()> reread_settings =
      {};  ///< changes what `settings` refers to; for a reload alone
  std::function<const Reread&()> last_reread = {};  ///< what came of the last reload
  std::function<std::vector<std::string>()> changed_files =
      {};  ///< which of the files that `settings` came from are not what they were
  std::function<std::string()> parameter_origins =
      {};  ///< where each of [postgresql.parameters] came from; empty where there is none
};

/// How far a long action is.
struct Progress {
  std::uint64_t done_bytes = 0;
  std::optional<std::uint64_t> total_bytes = {};  ///< an estimate
};

/// One long action while it runs: owns the list of its children, so that a stop request reaches all
/// of them. The action is a coroutine on the loop; it checks nothing itself: once stop() was called
/// every run() fails, so the coroutine falls through to its end.
class LongRun {
 public:
  LongRun(const boost::asio::any_io_executor& executor, process::Reaper& reaper);

  [[nodiscard]] boost::asio::any_io_executor executor() const { return executor_; }
  [[nodiscard]] bool stopping() const { return stopping_; }

  /// Starts a child in a process group of its own and leaves it running; stop() reaches it until it
  /// was reaped. `stop_signal` is what stop() sends its group first.
  [[nodiscard]] Outcome<process::Child> start(const process::Command& command,
                                              int stop_signal = SIGTERM);
  /// The child's end, where no stop was asked for meanwhile. On a stop nothing of its group is left
  /// behind.
  [[nodiscard]] boost::asio::awaitable<Outcome<core::ExitStatus>> end_of(process::Child child);
  /// start() and end_of(). Fails where the child cannot be started or a stop was asked for; the
  /// exit status is the caller's to judge.
  [[nodiscard]] boost::asio::awaitable<Outcome<core::ExitStatus>> run(process::Command command);

  /// The action says how far it is, for what is shown of it.
  void progress_is(std::optional<Progress> progress) { progress_ = progress; }
  [[nodiscard]] const std::optional<Progress>& progress() const { return progress_; }

  /// Its stop signal to every child's group, SIGKILL with `kill`. From now on nothing new starts.
  void stop(bool kill);

 private:
  boost::asio::any_io_executor executor_;
  process::Children children_;
  std::map<pid_t, int> stop_signals_;
  bool stopping_ = false;
  std::optional<Progress> progress_;
};

/// How run() and end_of() fail after stop(). Nobody reads it: the stop itself decides how the
/// program ends.
[[nodiscard]] Failure stopped();

}  // namespace runtime
