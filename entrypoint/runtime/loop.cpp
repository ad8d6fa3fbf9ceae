#include "runtime/loop.hpp"

#include <csignal>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "log/log.hpp"
#include "runtime/clock.hpp"

namespace runtime {

namespace asio = boost::asio;

constexpr core::Duration longest_rest = std::chrono::seconds(10);
/// Kubelet takes up to a minute to swap a mounted Secret: this adds little to it, and costs some
/// stat() calls.
constexpr core::Duration files_period = std::chrono::seconds(2);

Loop::Loop(asio::io_context& io, process::SignalSource signals, const Context& context)
    : io_(io),
      signals_(std::move(signals)),
      context_(context),
      reaper_(io.get_executor()),
      wake_(io),
      files_(io) {}

std::expected<int, std::string> Loop::run(const MakeDriver& make_driver) {
  auto driver = make_driver(io_.get_executor(), reaper_, [this] { changed(); });
  if (!driver) return std::unexpected(driver.error());
  driver_ = std::move(*driver);
  asio::co_spawn(io_, watch_signals(), asio::detached);
  driver_->begin();
  watch_files();
  changed();
  while (!driver_->exit_code()) {
    if (io_.run_one() == 0) break;
  }
  return driver_->exit_code().value_or(1);
}

asio::awaitable<void> Loop::watch_signals() {
  // Ends only with the process: a signalfd that cannot be read is a bug of the kernel or ours, and
  // deafness of PID 1 is worse than its end.
  for (;;) {
    const auto received = co_await signals_.next();
    if (!received) {
      logs::event(logs::Level::error, "signals_lost", {{"error", received.error()}});
      driver_->stop_asked(SIGTERM, now());
      changed();
      co_return;
    }
    on_signal(*received);
  }
}

void Loop::on_signal(const process::ReceivedSignal& received) {
  switch (received.number) {
    case SIGCHLD: reaper_.reap(); return;
    case SIGTERM:
    case SIGINT:
    case SIGQUIT: driver_->stop_asked(received.number, now()); break;
    case SIGHUP: driver_->reload_asked(); break;
    default:
      // What PostgreSQL itself understands of the rest (USR1: log rotation by its own logger) is
      // not for its parent.
      return;
  }
  logs::event(logs::Level::info, "signal_received",
              {{"signal", process::signal_name(received.number)}, {"sender", received.sender}});
  changed();
}

void Loop::changed() {
  if (std::exchange(tick_due_, true)) return;
  asio::post(io_, [this, due = now()] {
    tick_due_ = false;
    driver_->waited(now() - due);
    tick();
  });
}

void Loop::tick() {
  const core::Instant at = now();
  const auto wake = driver_->tick(at);
  // A wait without an end of its own is still looked at, so that the journal can say that it goes
  // on (L5).
  const core::Instant look_again = at + until_beat(longest_rest);
  wake_at(wake ? std::min(*wake, look_again) : look_again);
}

void Loop::watch_files() {
  files_.expires_after(until_beat(files_period));
  files_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    // Said once: after the reload that it leads to, the file counts as it is.
    if (context_.changed_files && !driver_->reload_pending()) {
      for (const std::string& path : context_.changed_files()) {
        logs::event(logs::Level::info, "file_changed", {{"file", path}},
                    "settings and secrets are read again");
        driver_->reload_asked();
      }
      if (driver_->reload_pending()) changed();
    }
    watch_files();
  });
}

void Loop::wake_at(core::Instant when) {
  wake_.expires_after(std::max(when - now(), core::Duration::zero()));
  wake_.async_wait([this, when](const boost::system::error_code& error) {
    if (error) return;
    driver_->waited(std::max(now() - when, core::Duration::zero()));
    changed();
  });
}

}  // namespace runtime
