#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/decision.hpp"
#include "process/reaper.hpp"
#include "process/signals.hpp"
#include "runtime/journal.hpp"
#include "runtime/observe.hpp"
#include "runtime/perform.hpp"

namespace runtime {

/// The event loop of PID 1: observe, decide, perform. Single-threaded; nothing in it blocks. Owns
/// all that lives as long as the process serves. Made and run once, by serve().
class Loop {
 public:
  Loop(boost::asio::io_context& io, process::SignalSource signals, const Context& context);
  /// Runs until a decision says Exit; returns the exit status.
  int run();

 private:
  boost::asio::awaitable<void> watch_signals();
  void on_signal(const process::ReceivedSignal& received);
  /// Something was observed: decide soon, once for all that came together.
  void changed();
  void tick();
  void wake_at(core::Instant when);
  /// A file of the settings that changed is the same as SIGHUP.
  void watch_files();

  boost::asio::io_context& io_;
  process::SignalSource signals_;
  const Context& context_;
  process::Reaper reaper_;
  Observed observed_;
  Journal journal_;
  core::Memory memory_;
  Perform perform_;
  boost::asio::steady_timer wake_;
  boost::asio::steady_timer files_;
  bool tick_due_ = false;
};

}  // namespace runtime
