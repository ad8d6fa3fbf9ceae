#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/time.hpp"
#include "kubernetes/access.hpp"
#include "kubernetes/connection.hpp"

namespace kubernetes {

/// The bytes of one TLS connection to the API server, for Connection alone: it knows nothing of
/// HTTP. What is under way ends by the Deadline that lives; `open` has its own. Not Beast's stream
/// with time-outs: its operations, composed over TLS, are some hundred kilobytes of program.
class TlsStream : public std::enable_shared_from_this<TlsStream> {
 public:
  using Code = boost::system::error_code;
  struct Received {
    Code error{};
    std::size_t size = 0;
  };
  class Deadline;

  TlsStream(boost::asio::any_io_executor executor, Access access);

  [[nodiscard]] bool is_open() const { return stream_ != nullptr; }
  /// Open, neither closed by the server nor with anything to read. Looks, without waiting.
  [[nodiscard]] bool is_silent() const;
  void close() { stream_.reset(); }

  /// What fails may leave it half open: close it.
  boost::asio::awaitable<std::expected<void, Broken>> open(core::Duration timeout);
  boost::asio::awaitable<Code> send(std::string text);
  /// At most one record.
  boost::asio::awaitable<Received> receive(boost::asio::mutable_buffer into);

  // For messages.
  [[nodiscard]] const std::string& host() const { return access_.host; }
  [[nodiscard]] std::string where() const;
  [[nodiscard]] std::string text_of(const Code& error) const;
  /// The time-out of this step has passed.
  [[nodiscard]] bool late() const { return late_; }

 private:
  using Stream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;
  using Addresses = boost::asio::ip::tcp::resolver::results_type;

  boost::asio::awaitable<std::expected<Addresses, Broken>> resolve(core::Duration timeout);
  std::expected<void, Broken> prepare();
  boost::asio::awaitable<Code> connect(Addresses found);

  boost::asio::any_io_executor executor_;
  Access access_;
  boost::asio::steady_timer timer_;
  bool late_ = false;
  unsigned step_ = 0;
  std::optional<boost::asio::ssl::context> context_;
  std::unique_ptr<Stream> stream_;
};

/// While it lives, the step has a time-out. That closes the socket: it may find the step between
/// two operations, and would only begin the next one if the first were merely cancelled.
class TlsStream::Deadline {
 public:
  Deadline(TlsStream& stream, core::Duration timeout);
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  ~Deadline();

 private:
  std::shared_ptr<TlsStream> stream_;
};

}  // namespace kubernetes
