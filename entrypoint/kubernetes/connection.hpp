#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/time.hpp"
#include "kubernetes/access.hpp"

namespace kubernetes {

struct Request {
  std::string method = {};
  std::string target = {};
  std::string body = {};
  std::string content_type = {};
};

struct Response {
  int status = 0;
  std::string body = {};
  std::optional<core::Duration> retry_after = {};
};

/// What went wrong on the way, and how far it had come.
struct Broken {
  enum class Stage { reach, tls, exchange };
  Stage stage = Stage::exchange;
  bool answered = false;     ///< some byte of the answer came
  bool timed_out = false;    ///< while reading a line
  std::string message = {};  ///< a sentence without a full stop
};

/// One TLS connection to the API server, kept open between requests: the one place that knows
/// Beast. Every step ends by its time-out. What fails leaves it closed. One caller at a time, which
/// Client and Watch see to.
class Connection {
 public:
  Connection(boost::asio::any_io_executor executor, Access access);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Open, and neither closed by the server meanwhile nor talking out of turn. Looks at the socket,
  /// without waiting.
  [[nodiscard]] bool usable() const;
  void close();

  boost::asio::awaitable<std::expected<void, Broken>> open(core::Duration timeout);
  /// Request and whole answer, at most `largest` bytes of body.
  boost::asio::awaitable<std::expected<Response, Broken>> exchange(const Request& request,
                                                                   const std::string& token,
                                                                   core::Duration timeout);
  /// Request and the answer's head; with a good status its body comes by `line`, else it is in the
  /// response already.
  boost::asio::awaitable<std::expected<Response, Broken>> begin(const Request& request,
                                                                const std::string& token,
                                                                core::Duration timeout);
  /// The next line of the body that `begin` began. Nothing: the body has ended, well.
  boost::asio::awaitable<std::expected<std::optional<std::string>, Broken>> line(
      core::Duration timeout);

  static constexpr std::size_t largest = std::size_t{1} << 20U;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace kubernetes
