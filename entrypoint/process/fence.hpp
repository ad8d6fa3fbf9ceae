#pragma once

#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/exit_status.hpp"
#include "core/time.hpp"
#include "process/servers.hpp"

namespace process {

class Reaper;

/// CLOCK_BOOTTIME, read by the caller's function: it is called in the fence's own process too.
using Clock = core::Instant (*)();

/// The fence (promise S1, rules R12 to R15): a process of its own that kills every PostgreSQL
/// server process of this pod while a passed deadline stands, whatever becomes of the process that
/// started it. This is its owner's side: it owns the memory that both share, and the process.
///
/// Start it when privileges have been given up (it has to be allowed to kill the servers, so it
/// runs as their user) and before anything else is started. It never decides anything, and knows
/// nothing of leases.
class Fence {
 public:
  /// A disarmed one for the servers on `pgdata`. `clock` must do nothing that is unsafe between
  /// fork and exec. The error is a sentence for the log; nothing may be started read-write then.
  [[nodiscard]] static std::expected<Fence, std::string> start(const std::filesystem::path& pgdata,
                                                               Clock clock);
  Fence(Fence&&) noexcept;
  Fence& operator=(Fence&&) noexcept;
  /// Ends the process, deadline or not: for tests. The product leaves by _exit, and then the
  /// fence does what it has to do when its owner is gone.
  ~Fence();

  /// Before any read-write start or promotion (R12).
  void arm(core::Instant deadline);
  /// Later or sooner, after a renewal. False, and nothing changed, where none is armed or the one
  /// that stands has passed: the server is being killed then, and only `arm` begins anew.
  [[nodiscard]] bool move(core::Instant deadline);
  /// Only after the server is proven stopped and standby.signal is on the disk (R12).
  void disarm();

  [[nodiscard]] bool armed() const;
  [[nodiscard]] bool passed() const;  ///< a passed deadline stands
  /// Counts while the process works, `beat` apart. One that stands still is as good as dead (R14).
  [[nodiscard]] std::uint64_t heartbeat() const;
  /// How many signals it has sent since the start of the first one: not 0 means that it struck.
  [[nodiscard]] std::uint64_t killed() const;
  [[nodiscard]] pid_t pid() const;

  /// `ended` is told when the process ends by itself, by the one reader of exit statuses: it is not
  /// mistaken for another child's end. Call it before the loop runs, and after each `restart`.
  void watch(Reaper& reaper, std::function<void(core::ExitStatus)> ended);
  /// Another process in place of one that is dead or stands still, with the same deadline.
  [[nodiscard]] std::expected<void, std::string> restart();

  /// Would it kill that process? To be asked once a server runs: what the fence does not recognise
  /// must not go on.
  [[nodiscard]] bool recognises(pid_t server) const;
  /// What it would kill now (R15), see running_servers.
  [[nodiscard]] std::expected<std::vector<pid_t>, std::string> servers() const;

  static constexpr core::Duration beat = std::chrono::milliseconds(50);
  /// How late a deadline is noticed that was set nearer than this: a sleep had begun before.
  static constexpr core::Duration lateness = beat;

 private:
  struct State;
  explicit Fence(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace process
