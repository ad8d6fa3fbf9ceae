#pragma once

#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include "core/time.hpp"
#include "http/connection.hpp"

namespace http {

using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;

struct Limits {
  std::size_t connections = 64;
  Sizes sizes{};
  core::Duration step = std::chrono::seconds(5);      ///< receiving, sending: each
  core::Duration thinking = std::chrono::seconds(5);  ///< the service's time for one request
};

/// What a connection's service remembers between two requests of it.
struct Conversation {
  std::string challenge{};  ///< given with the last reply, good for the next request only
};
using Service = std::function<boost::asio::awaitable<Reply>(Conversation&, Received)>;

/// Accepts on one socket and serves each connection by itself, one request after the other. There
/// are never more than `connections`: a new one takes the place of the one that has kept us waiting
/// longest, so whoever opens many and says nothing keeps nobody out. Only where all of them are
/// being answered is the new one closed. A service that takes longer than `thinking` is cancelled:
/// 503.
class Listener {
 public:
  /// `acceptor` listens already.
  Listener(Acceptor acceptor, Limits limits, Service service);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  /// Closes everything; services that are under way are cancelled.
  ~Listener();

  [[nodiscard]] std::size_t connections() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace http
