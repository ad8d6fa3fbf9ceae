#pragma once

#include <functional>

#include "core/lsn.hpp"
#include "core/time.hpp"
#include "runtime/long_run.hpp"

namespace runtime {

/// Makes the running standby the primary: the request file, a signal to the postmaster, then
/// pg_control must say "in production" by `deadline`. `signal_server` sends a signal to the
/// postmaster.
[[nodiscard]] boost::asio::awaitable<Outcome<>> promote(LongRun& run, const Context& context,
                                                        core::Instant deadline,
                                                        std::function<void(int)> signal_server);

/// A promotion of elected mode (R29).
struct Promotion {
  core::Timeline known{};   ///< that the standby is on
  core::Timeline wanted{};  ///< that it must come up on; the numbers between are reserved
  core::Instant deadline{};
};
/// Reserves, signals, and waits until the server accepts writes. Says on which timeline it does:
/// another than the wanted one is the caller's to stop. Fails where the server ended (`runs` says
/// so) or is not there by the deadline: it may come up later. What was reserved stays; see
/// postgres::drop_reserved.
[[nodiscard]] boost::asio::awaitable<Outcome<core::Timeline>> promote_to(
    LongRun& run, const Context& context, Promotion promotion,
    std::function<void(int)> signal_server, std::function<bool()> runs);

/// CHECKPOINT over our own session.
[[nodiscard]] boost::asio::awaitable<Outcome<>> checkpoint(const Context& context,
                                                           core::Duration limit);

}  // namespace runtime
