#pragma once

#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include "core/time.hpp"

namespace http {

using Socket = boost::asio::generic::stream_protocol::socket;
using Endpoint = boost::asio::generic::stream_protocol::endpoint;

/// Header fields that we send, or those asked for of what came.
using FieldMap = std::map<std::string, std::string>;

struct Received {
  std::string method{};
  std::string target{};
  FieldMap fields{};  ///< those named by `fields_of_interest`, with their names as there
  std::string body{};
  bool keep_alive = false;
};

struct Reply {
  int status = 200;
  std::string body{};
  std::string content_type = "text/plain; charset=utf-8";
  FieldMap fields{};
  bool head_only = false;  ///< to HEAD: the length of the body, but no body
};

/// One line of text.
[[nodiscard]] Reply plain(int status, const std::string& line, FieldMap fields = {});
/// The value of a field; empty: it did not come.
[[nodiscard]] std::string value_of(const FieldMap& fields, const char* name);

/// Why no request came. Nothing can be told to a peer that has gone or never began to speak.
struct NotReceived {
  std::optional<Reply> reply{};
};

/// The largest message that is taken.
struct Sizes {
  std::size_t head = std::size_t{8} << 10U;
  std::size_t body = std::size_t{64} << 10U;
};

/// One HTTP/1.1 connection, over TCP or a Unix socket: the one place that knows Beast. Every step
/// ends at its time-out, however slowly the other side sends or reads. One caller at a time;
/// `close` may come from anywhere and ends the step that is under way.
class Connection {
 public:
  explicit Connection(Socket socket);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  void close();
  [[nodiscard]] bool is_open() const;

  // A server's side.
  boost::asio::awaitable<std::expected<Received, NotReceived>> receive(Sizes sizes,
                                                                       core::Duration timeout);
  /// False: the peer did not take it in time, or went.
  boost::asio::awaitable<bool> send(const Reply& reply, bool keep_alive, core::Duration timeout);
  /// Says that nothing more comes, and lets the peer read the last reply before it closes: data
  /// that nobody read would otherwise make the system throw that reply away.
  boost::asio::awaitable<void> finish(core::Duration timeout);

  // A client's side. Errors are half a sentence: "did not answer in time". `until` bounds all of
  // it.
  boost::asio::awaitable<std::expected<void, std::string>> connect(
      const Endpoint& endpoint, std::chrono::steady_clock::time_point until);
  boost::asio::awaitable<std::expected<Reply, std::string>> exchange(
      const Received& request, const std::string& host, Sizes sizes,
      std::chrono::steady_clock::time_point until);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Carry the proofs of peer calls (peer_auth.hpp).
inline constexpr char challenge_field[] = "Pgordinal-Challenge";
inline constexpr char nonce_field[] = "Pgordinal-Nonce";
inline constexpr char proof_field[] = "Pgordinal-Proof";

}  // namespace http
