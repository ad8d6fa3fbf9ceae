#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "process/reaper.hpp"
#include "process/signals.hpp"
#include "runtime/driver.hpp"
#include "runtime/long_run.hpp"

namespace runtime {

/// Makes the driver, which asks for a tick with `changed`. The error is a sentence for the log.
using MadeDriver = std::expected<std::unique_ptr<Driver>, std::string>;
using MakeDriver =
    std::function<MadeDriver(const boost::asio::any_io_executor& executor, process::Reaper& reaper,
                             std::function<void()> changed)>;

/// The event loop of PID 1: signals, files and time for one driver. Single-threaded; nothing in it
/// blocks. Owns all that lives as long as the process serves. Made and run once, by serve().
class Loop {
 public:
  Loop(boost::asio::io_context& io, process::SignalSource signals, const Context& context);
  /// Runs until a decision says Exit; returns the exit status. The error: there is no driver.
  std::expected<int, std::string> run(const MakeDriver& make_driver);

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
  std::unique_ptr<Driver> driver_;
  boost::asio::steady_timer wake_;
  boost::asio::steady_timer files_;
  bool tick_due_ = false;
};

}  // namespace runtime
