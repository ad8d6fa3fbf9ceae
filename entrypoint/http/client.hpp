#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/time.hpp"
#include "http/peer_auth.hpp"
#include "http/peer_message.hpp"

namespace http {

/// The addresses of a host, as text; the error is half a sentence. Does not block the loop.
using LookUp =
    std::function<boost::asio::awaitable<std::expected<std::vector<std::string>, std::string>>(
        std::string host, std::chrono::steady_clock::time_point deadline)>;

/// What a client needs from others: neither may block the loop.
struct Surroundings {
  LookUp look_up{};
  /// That many random bytes, in hexadecimal.
  std::function<std::string(std::size_t)> random_hex{};
};

/// Asks `request.to_pod`, which listens at that host and port, by a connection of its own: one that
/// was kept would not notice that the peer is dead. Ends within `timeout`. A response that comes
/// back is proven to be that pod's, or another holder's of the secret, to this very request. The
/// error is a sentence without a full stop that names the pod.
[[nodiscard]] boost::asio::awaitable<std::expected<Response, std::string>> ask(
    boost::asio::any_io_executor executor, std::string host, std::uint16_t port, Request request,
    Keys keys, core::Duration timeout, Surroundings surroundings);

/// What `GET target` shows there, at most 1 MiB of it. Nothing proves who answered, so it is for
/// people's eyes and for no decision. Ends within `timeout`; the error is half a sentence.
[[nodiscard]] boost::asio::awaitable<std::expected<std::string, std::string>> fetch(
    boost::asio::any_io_executor executor, std::string host, std::uint16_t port, std::string target,
    core::Duration timeout, LookUp look_up);

}  // namespace http
