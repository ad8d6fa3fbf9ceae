#pragma once

#include <sys/types.h>

#include <expected>
#include <memory>
#include <optional>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/exit_status.hpp"
#include "core/time.hpp"
#include "process/spawn.hpp"

namespace process {

class Reaper;

/// One started command. A copy is the same child. It never waits for the process itself and never
/// signals a pid whose status has been read, so a signal cannot hit a stranger that got the number
/// later.
class Child {
 public:
  [[nodiscard]] pid_t pid() const;
  [[nodiscard]] std::optional<core::ExitStatus> status() const;  ///< set once it ended
  [[nodiscard]] bool running() const { return !status(); }

  /// May be awaited by many, and after the end.
  boost::asio::awaitable<core::ExitStatus> exit() const;
  boost::asio::awaitable<std::optional<core::ExitStatus>> exit_within(core::Duration budget) const;

  /// To the process; false when it has ended.
  bool signal(int number) const;
  /// To its whole process group (to the process when it has none of its own).
  bool signal_group(int number) const;

  /// `number` to the group, SIGKILL to what is left of the group when the budget is over. Returns
  /// the status, and not before there is one: a process that the kernel cannot end (a dead disk)
  /// keeps it waiting.
  boost::asio::awaitable<core::ExitStatus> stop(int number, core::Duration budget) const;

 private:
  friend class Children;
  struct State;
  explicit Child(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

/// Starts commands and knows which run, so that the stop path can reach whatever runs now. Owned by
/// the runtime, beside the Reaper it registers with. It never restarts anything.
class Children {
 public:
  Children(boost::asio::any_io_executor executor, Reaper& reaper);
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;
  ~Children();

  [[nodiscard]] std::expected<Child, SpawnError> start(const Command& command);

  /// Starts it and waits for its end.
  boost::asio::awaitable<std::expected<core::ExitStatus, SpawnError>> run(Command command);

  [[nodiscard]] std::vector<Child> running() const;
  void signal_all(int number) const;  ///< to the group of each running child

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace process
