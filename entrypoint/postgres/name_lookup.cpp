#include "postgres/name_lookup.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <ranges>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "postgres/files.hpp"

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

LookupError error_of(const boost::system::error_code& error) {
  using Kind = LookupError::Kind;
  const bool none = error == asio::error::host_not_found || error == asio::error::no_data;
  const bool no_server =
      error == asio::error::host_not_found_try_again &&
      !names_a_name_server(read_file("/etc/resolv.conf").value_or(std::nullopt).value_or(""));
  return {.kind = none || no_server ? Kind::no_such_name : Kind::failed,
          .message = error.message()};
}

}  // namespace

bool names_a_name_server(std::string_view resolv_conf) {
  for (const auto line : std::views::split(resolv_conf, '\n')) {
    constexpr std::string_view keyword = "nameserver";
    const std::string_view text(line);
    // The keyword begins its line and a blank ends it (resolv.conf(5)).
    if (text.starts_with(keyword) &&
        text.find_first_not_of(" \t", keyword.size()) > keyword.size() &&
        text.find_first_not_of(" \t", keyword.size()) != std::string_view::npos)
      return true;
  }
  return false;
}

asio::awaitable<std::expected<std::vector<std::string>, LookupError>> look_up(
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
    co_return std::unexpected(LookupError{.message = "the look-up took too long"});
  }
  if (*lookup->error) co_return std::unexpected(error_of(*lookup->error));
  co_return lookup->addresses;
}

}  // namespace postgres
