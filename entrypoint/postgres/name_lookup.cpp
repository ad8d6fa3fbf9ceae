#include "postgres/name_lookup.hpp"

#include <algorithm>
#include <memory>
#include <optional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace postgres {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// Outlives the coroutine that waits for it: getaddrinfo cannot be interrupted.
struct Lookup {
  explicit Lookup(const asio::any_io_executor& executor) : resolver(executor), done(executor) {}
  tcp::resolver resolver;
  asio::steady_timer done;
  std::optional<boost::system::error_code> error;
  std::vector<std::string> addresses;
};

void keep(Lookup& lookup, const boost::system::error_code& error,
          const tcp::resolver::results_type& results) {
  lookup.error = error;
  for (const auto& entry : results) {
    std::string address = entry.endpoint().address().to_string();
    if (std::ranges::find(lookup.addresses, address) == lookup.addresses.end()) {
      lookup.addresses.push_back(std::move(address));
    }
  }
  lookup.done.cancel();
}

}  // namespace

asio::awaitable<std::expected<std::vector<std::string>, std::string>> look_up(
    std::string host, std::chrono::steady_clock::time_point deadline) {
  boost::system::error_code not_an_address;
  asio::ip::make_address(host, not_an_address);
  if (!not_an_address) co_return std::vector<std::string>{host};

  const auto executor = co_await asio::this_coro::executor;
  const auto lookup = std::make_shared<Lookup>(executor);
  lookup->done.expires_at(deadline);
  lookup->resolver.async_resolve(
      host, "",
      [lookup](const boost::system::error_code& error, const tcp::resolver::results_type& results) {
        keep(*lookup, error, results);
      });
  co_await lookup->done.async_wait(asio::as_tuple(asio::use_awaitable));
  if (!lookup->error) {
    lookup->resolver.cancel();
    co_return std::unexpected(std::string());
  }
  if (*lookup->error) co_return std::unexpected(lookup->error->message());
  co_return lookup->addresses;
}

}  // namespace postgres
