#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

namespace postgres {

/// Why a host has no address. "We do not know" is not "there is none": only the latter means that
/// there is no such pod (S4).
struct LookupError {
  enum class Kind : std::uint8_t {
    no_such_name,  ///< NXDOMAIN, or a name without an address
    failed,        ///< the name server does not answer, refuses, or took too long
  };
  Kind kind = Kind::failed;
  std::string message;
};

/// The addresses of a host, as text, without duplicates; an address is its own. A look-up that
/// `deadline` overtakes ends unheard in the resolver's thread. A name server that does not answer
/// counts as one that knows no such name where the resolver's configuration names none: then names
/// come from the hosts file alone (getaddrinfo asks 127.0.0.1 there, resolv.conf(5)).
[[nodiscard]] boost::asio::awaitable<std::expected<std::vector<std::string>, LookupError>> look_up(
    std::string host, std::chrono::steady_clock::time_point deadline);

/// Whether the text of a resolv.conf names a name server.
[[nodiscard]] bool names_a_name_server(std::string_view resolv_conf);

}  // namespace postgres
