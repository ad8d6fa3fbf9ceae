#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "http/listener.hpp"
#include "http/peer_auth.hpp"
#include "http/peer_message.hpp"

namespace http {

/// The path of peer calls: POST, with a proof.
inline constexpr char peer_path[] = "/peer";

enum class Method : std::uint8_t { get, head, options };
/// What a plain GET shows, to everybody. To HEAD and OPTIONS the same without the body.
struct Page {
  int status = 404;
  std::string body = "no such page\n";
  std::string content_type = "text/plain; charset=utf-8";
};

/// What the server calls; all on its executor.
struct Handlers {
  /// An authenticated request that was meant for this pod. Cancelled after `Limits::thinking`.
  std::function<boost::asio::awaitable<Response>(Request)> peer{};
  /// Answers from memory, at once. `target` is the path with its query, as it came.
  std::function<Page(Method, std::string_view target)> page{};
  /// That many random bytes, in hexadecimal.
  std::function<std::string(std::size_t)> random_hex{};
};

/// PID 1's HTTP port: calls of peers, and pages. Owns the socket and its connections; knows nothing
/// of PostgreSQL. Never logs a request, and never blocks.
class Server {
 public:
  /// Listens on all addresses, IPv6 and IPv4, only IPv4 where the kernel has no other. Port 0: any.
  /// The error says what is in the way.
  [[nodiscard]] static std::expected<Server, std::string> listen(
      const boost::asio::any_io_executor& executor, std::uint16_t port, core::PodName self,
      Keys keys, Handlers handlers, Limits limits = {});

  Server(Server&&) noexcept;
  Server& operator=(Server&&) noexcept;
  ~Server();

  [[nodiscard]] std::uint16_t port() const;
  void use(Keys keys);  ///< from the next request on
  [[nodiscard]] std::size_t connections() const;

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace http
