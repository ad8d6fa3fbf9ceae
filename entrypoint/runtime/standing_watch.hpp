#pragma once

#include <memory>
#include <optional>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "postgres/standing.hpp"
#include "runtime/long_run.hpp"

namespace runtime {

/// Static mode: asks the server now and then where it stands, for what is shown of it; no decision
/// depends on it. Its session is closed before the server is stopped. Owned by the driver.
class StandingWatch {
 public:
  StandingWatch(const boost::asio::any_io_executor& executor, const Context& context);

  /// Whether there is a server that admits sessions and is not being stopped.
  void server_answers(bool answers);
  /// What it said last. Nothing: it does not answer.
  [[nodiscard]] const std::optional<postgres::Standing>& standing() const { return standing_; }

 private:
  /// The session with one life of the server.
  struct Talk {
    postgres::StandingPoll poll;
    bool asking = false;
  };
  boost::asio::awaitable<void> keep_asking(std::shared_ptr<Talk> talk);

  boost::asio::any_io_executor executor_;
  const Context& context_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<Talk> talk_;
  std::optional<postgres::Standing> standing_;
};

}  // namespace runtime
