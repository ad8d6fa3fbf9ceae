#include <cerrno>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include "http/connection.hpp"
#include "http/control.hpp"

namespace http {

namespace {

namespace asio = boost::asio;
using asio::awaitable;
using Paths = std::vector<std::filesystem::path>;
using TimePoint = std::chrono::steady_clock::time_point;

// What `GET /cluster` says is longer than any order.
constexpr Sizes reply_sizes{.body = std::size_t{1} << 20U};

std::unexpected<ControlError> nobody(const std::string& problems) {
  return std::unexpected(ControlError{
      .nobody = true,
      .message = "no pgordinal serves commands here (" + problems +
                 "). Run this in a pod of the cluster, as PostgreSQL's user or root: kubectl exec "
                 "POD -- pgordinal ..."});
}

awaitable<std::expected<std::unique_ptr<Connection>, ControlError>> reach(
    asio::any_io_executor executor, const Paths& directories, TimePoint until) {
  std::string problems;
  for (const std::filesystem::path& directory : directories) {
    const std::string path = control_socket(directory).string();
    auto connection = std::make_unique<Connection>(Socket(executor));
    const Endpoint endpoint{asio::local::stream_protocol::endpoint(path)};
    auto connected = co_await connection->connect(endpoint, until);
    if (connected) co_return std::move(connection);
    problems += (problems.empty() ? "" : "; ") + path + " " + connected.error();
  }
  co_return nobody(problems);
}

awaitable<std::expected<Reply, ControlError>> call(asio::any_io_executor executor, Received request,
                                                   core::Duration timeout, Paths directories) {
  const asio::steady_timer deadline(executor, timeout);
  auto connection = co_await reach(executor, directories, deadline.expiry());
  if (!connection) co_return std::unexpected(connection.error());
  auto reply =
      co_await (*connection)->exchange(request, "localhost", reply_sizes, deadline.expiry());
  if (!reply) co_return std::unexpected(ControlError{.message = "PID 1 " + reply.error()});
  if (reply->status != 200) {
    co_return std::unexpected(
        ControlError{.message = "PID 1 answered with status " + std::to_string(reply->status) +
                                ": " + reply->body.substr(0, reply->body.find('\n'))});
  }
  co_return std::move(*reply);
}

awaitable<std::expected<std::string, ControlError>> show(asio::any_io_executor executor,
                                                         const char* path, core::Duration timeout,
                                                         Paths directories) {
  Received request{.method = "GET", .target = path};
  auto reply = co_await call(executor, std::move(request), timeout, std::move(directories));
  if (!reply) co_return std::unexpected(reply.error());
  co_return std::move(reply->body);
}

std::expected<Said, ControlError> understood(const std::string& text) {
  auto said = parse_said(text);
  if (!said)
    return std::unexpected(
        ControlError{.message = "PID 1 answered what is no answer: " + said.error()});
  return std::move(*said);
}

}  // namespace

awaitable<std::expected<Said, ControlError>> give(asio::any_io_executor executor, Order order,
                                                  core::Duration timeout, Paths directories) {
  Received request{.method = "POST", .target = order_path, .body = to_text(order)};
  auto reply = co_await call(executor, std::move(request), timeout, std::move(directories));
  if (!reply) co_return std::unexpected(reply.error());
  co_return understood(reply->body);
}

awaitable<std::expected<Said, ControlError>> show_course(asio::any_io_executor executor,
                                                         core::Duration timeout,
                                                         Paths directories) {
  const auto text = co_await show(executor, order_path, timeout, std::move(directories));
  if (!text) co_return std::unexpected(text.error());
  co_return understood(*text);
}

awaitable<std::expected<std::string, ControlError>> show_history(asio::any_io_executor executor,
                                                                 core::Duration timeout,
                                                                 Paths directories) {
  co_return co_await show(executor, history_path, timeout, std::move(directories));
}

awaitable<std::expected<std::string, ControlError>> show_members(asio::any_io_executor executor,
                                                                 core::Duration timeout,
                                                                 Paths directories) {
  co_return co_await show(executor, members_path, timeout, std::move(directories));
}

awaitable<std::expected<std::string, ControlError>> show_cluster(asio::any_io_executor executor,
                                                                 core::Duration timeout,
                                                                 Paths directories) {
  co_return co_await show(executor, cluster_path, timeout, std::move(directories));
}

}  // namespace http
