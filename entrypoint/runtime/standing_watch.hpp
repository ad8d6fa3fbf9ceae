#pragma once

#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "postgres/standing.hpp"
#include "runtime/long_run.hpp"

namespace runtime {

/// Static mode: asks the server now and then where it stands, for what is shown of it, and for
/// whether a standby streams. Its session is closed before the server is stopped. Owned by the
/// driver.
class StandingWatch {
 public:
  /// `changed` is called when streams() is another than before.
  StandingWatch(const boost::asio::any_io_executor& executor, const Context& context,
                std::function<void()> changed);

  /// Whether there is a server that admits sessions and is not being stopped.
  void server_answers(bool answers);
  /// What it said last. Nothing: it does not answer.
  [[nodiscard]] const std::optional<postgres::Standing>& standing() const { return standing_; }
  /// Whether it is a standby that streams.
  [[nodiscard]] bool streams() const { return standing_ && standing_->streams; }

 private:
  /// The session with one life of the server.
  struct Talk {
    postgres::StandingPoll poll;
    bool asking = false;
  };
  boost::asio::awaitable<void> keep_asking(std::shared_ptr<Talk> talk);

  boost::asio::any_io_executor executor_;
  const Context& context_;
  std::function<void()> changed_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<Talk> talk_;
  std::optional<postgres::Standing> standing_;
};

}  // namespace runtime
