#include "runtime/command_loop.hpp"

#include <csignal>

#include <boost/asio/steady_timer.hpp>

namespace runtime {

CommandLoop::CommandLoop() {
  auto signals = process::SignalSource::open(loop_.get_executor());
  if (!signals) return;  // only SIGKILL ends the command before its time then
  signals_ = std::move(*signals);
  boost::asio::co_spawn(loop_, heed_signals(), [](const std::exception_ptr&) {
    // Ends with the loop.
  });
}

boost::asio::awaitable<void> CommandLoop::heed_signals() {
  for (;;) {
    const auto received = co_await signals_->next();
    if (!received) co_return;
    const int number = received->number;
    if (number != SIGINT && number != SIGTERM && number != SIGHUP && number != SIGQUIT) continue;
    interrupted_ = true;
    loop_.stop();
  }
}

void CommandLoop::run() {
  if (interrupted_) return;
  loop_.restart();
  loop_.run();
}

void CommandLoop::rest(core::Duration duration) {
  boost::asio::steady_timer timer(loop_, duration);
  timer.async_wait([this](const boost::system::error_code&) { loop_.stop(); });
  run();
}

}  // namespace runtime
