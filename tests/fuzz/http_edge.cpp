#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "fuzz.hpp"
#include "http/connection.hpp"
#include "http/pages.hpp"

/// What comes in on the HTTP port: one connection, its requests one after the other, each shown its
/// page.
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// What they are answered with has to fit into the socket's buffer: nobody reads it.
constexpr int most_requests = 8;

core::Status primary() {
  return {.pod = "pg-0",
          .mode = core::Mode::elected,
          .decided = true,
          .server = core::ServerState::accepting,
          .role = core::Role::primary,
          .timeline = core::Timeline{4},
          .lag_bytes = 4096,
          .reason = "serving"};
}

asio::awaitable<void> serve(http::Connection& connection) {
  const core::Status status = primary();
  for (int count = 0; count < most_requests; ++count) {
    auto received = co_await connection.receive({}, 1s);
    if (!received) {
      if (received.error().reply) co_await connection.send(*received.error().reply, false, 1s);
      co_return;
    }
    http::Page page = http::show(status, received->target);
    expect(page.status == 200 || page.status == 400 || page.status == 404 || page.status == 503);
    const http::Reply reply{
        .status = page.status, .body = std::move(page.body), .content_type = page.content_type};
    if (!co_await connection.send(reply, received->keep_alive, 1s)) co_return;
    if (!received->keep_alive) co_return;
  }
}

}  // namespace

void fuzz(std::string_view bytes) {
  if (bytes.size() > 100'000) return;
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0)
    throw std::runtime_error("socketpair");
  const auto written = ::send(ends[1], bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  expect(written == static_cast<ssize_t>(bytes.size()));
  ::shutdown(ends[1], SHUT_WR);
  {
    asio::io_context loop;
    http::Connection connection{
        http::Socket(loop, asio::generic::stream_protocol(AF_UNIX, 0), ends[0])};
    asio::co_spawn(loop, serve(connection), asio::detached);
    loop.run_for(5s);
    expect(loop.stopped());
  }
  ::close(ends[1]);
}
