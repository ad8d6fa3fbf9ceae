#pragma once

#include <chrono>
#include <expected>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

namespace postgres {

/// The addresses of a host, as text, without duplicates; an address is its own. The error is the
/// resolver's text, empty when `deadline` came first: the look-up itself then ends unheard in the
/// resolver's thread.
[[nodiscard]] boost::asio::awaitable<std::expected<std::vector<std::string>, std::string>> look_up(
    std::string host, std::chrono::steady_clock::time_point deadline);

}  // namespace postgres
