#pragma once

#include <exception>
#include <expected>
#include <optional>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "core/time.hpp"
#include "http/control.hpp"
#include "process/signals.hpp"

namespace runtime {

/// The loop of a command that talks to PID 1. SIGINT, SIGTERM, SIGHUP and SIGQUIT, which main has
/// blocked, end what it waits for, at once and for good. Owned by the command.
class CommandLoop {
 public:
  template <class Value>
  using Answer = std::expected<Value, http::ControlError>;

  CommandLoop();
  CommandLoop(const CommandLoop&) = delete;
  CommandLoop& operator=(const CommandLoop&) = delete;

  /// What `ask(executor)`, a coroutine, ends with.
  template <class Value, class Ask>
  Answer<Value> ask(Ask ask) {
    Answer<Value> answer = std::unexpected(http::ControlError{.message = "interrupted"});
    boost::asio::co_spawn(loop_, keep<Value>(ask(loop_.get_executor()), answer),
                          [this](const std::exception_ptr&) { loop_.stop(); });
    run();
    return answer;
  }
  void rest(core::Duration duration);
  [[nodiscard]] bool interrupted() const { return interrupted_; }

 private:
  template <class Value>
  static boost::asio::awaitable<void> keep(boost::asio::awaitable<Answer<Value>> work,
                                           Answer<Value>& result) {
    result = co_await std::move(work);
  }
  boost::asio::awaitable<void> heed_signals();
  void run();

  boost::asio::io_context loop_;
  std::optional<process::SignalSource> signals_;
  bool interrupted_ = false;
};

}  // namespace runtime
