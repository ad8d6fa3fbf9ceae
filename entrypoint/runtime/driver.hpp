#pragma once

#include <optional>

#include "core/status.hpp"

namespace runtime {

/// What the loop drives: observe, decide and perform of one way to find the primary (by ordinal, or
/// by a Lease). It asks for a tick when something was observed; the loop gives it the time.
class Driver {
 public:
  Driver() = default;
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  virtual ~Driver() = default;

  /// Once, before the first tick.
  virtual void begin() = 0;
  /// Decides and performs. Again by the instant that is returned, or sooner when something is
  /// observed; nothing: only then.
  virtual std::optional<core::Instant> tick(core::Instant at) = 0;

  /// The loop tells how late what was due came.
  void waited(core::Duration late) { latency_.add(late); }

  /// The first signal of a mode counts; SIGQUIT makes a stop immediate for good.
  virtual void stop_asked(int signal, core::Instant at) = 0;
  virtual void reload_asked() = 0;
  [[nodiscard]] virtual bool reload_pending() const = 0;
  /// Set once it is over: the loop ends with it.
  [[nodiscard]] virtual std::optional<int> exit_code() const = 0;

 protected:
  core::LoopLatency latency_;  ///< for what is shown
};

}  // namespace runtime
