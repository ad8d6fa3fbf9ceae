#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "core/exit_status.hpp"

namespace process {

/// The only caller of waitpid in the program. The loop calls `reap` for each SIGCHLD; each exit
/// status then goes to exactly one reader: the one that watches the pid, or nobody (an orphan that
/// was re-parented to us). It never signals a process and never blocks. To wait for a child in a
/// coroutine, start it by Children.
class Reaper {
 public:
  using Handler = std::function<void(core::ExitStatus)>;

  explicit Reaper(boost::asio::any_io_executor executor);
  Reaper(const Reaper&) = delete;
  Reaper& operator=(const Reaper&) = delete;
  ~Reaper();

  /// Takes every status that is there. In a storm of orphans it lets the loop run after each 512
  /// and goes on by itself. Handlers run inside this call, each right after its waitpid.
  void reap();

  /// Calls `handler` once, from `reap`. To be called right after the fork, before anything returns
  /// to the loop: statuses are only taken in `reap`, so none can have been missed. Watching a pid
  /// again replaces its reader.
  void watch(pid_t pid, Handler handler);

  /// Not yet reaped, so its number cannot belong to another process.
  [[nodiscard]] bool watched(pid_t pid) const;
  /// Reaped without a reader, since the start.
  [[nodiscard]] std::uint64_t orphans() const;
  /// The last `reap` found no child at all, alive or dead.
  [[nodiscard]] bool childless() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace process
