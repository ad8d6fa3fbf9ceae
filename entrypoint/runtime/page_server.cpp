#include "runtime/page_server.hpp"

#include <utility>

#include "http/pages.hpp"
#include "log/log.hpp"
#include "runtime/random.hpp"

namespace runtime {

namespace {

constexpr core::Duration pause = std::chrono::seconds(10);

}  // namespace

PageServer::PageServer(const boost::asio::any_io_executor& executor, std::uint16_t port,
                       std::function<core::Status()> status)
    : executor_(executor), port_(port), status_(std::move(status)), again_(executor) {}

void PageServer::listen() {
  if (port_ == 0) return;
  http::Handlers handlers{
      .peer = {},
      .page = [this](http::Method,
                     std::string_view target) { return http::show(status_(), target); },
      .random_hex = random_hex};
  auto server = http::Server::listen(executor_, port_, {}, {}, std::move(handlers));
  if (server) {
    server_ = std::move(*server);
    logs::event(logs::Level::debug, "pages_listen", {{"port", port_}});
    return;
  }
  if (!std::exchange(told_, true)) {
    logs::event(logs::Level::warning, "no_pages", {{"port", port_}},
                server.error() +
                    ". PostgreSQL is served without probes, status and metrics until the port is "
                    "free; another one: http.port");
  }
  again_.expires_after(pause);
  again_.async_wait([this](const boost::system::error_code& error) {
    if (!error) listen();
  });
}

}  // namespace runtime
