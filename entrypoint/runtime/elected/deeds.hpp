#pragma once

#include <cstdint>

#include <boost/asio/awaitable.hpp>

#include "runtime/elected/hands.hpp"
#include "runtime/promote.hpp"

namespace runtime::elected {

/// What the long actions of elected mode do, each as a coroutine of Works. `hands` is a copy of the
/// references in it: it outlives them all.
[[nodiscard]] boost::asio::awaitable<Outcome<>> promote_here(LongRun& run, Hands hands,
                                                             Promotion promotion);
[[nodiscard]] boost::asio::awaitable<Outcome<>> bootstrap_here(LongRun& run,
                                                               const Context& context);
[[nodiscard]] boost::asio::awaitable<Outcome<>> rewind_here(LongRun& run, Hands hands,
                                                            core::Ordinal source,
                                                            std::uint64_t gives_up);
[[nodiscard]] boost::asio::awaitable<Outcome<>> clone_here(LongRun& run, Hands hands,
                                                           core::Ordinal source,
                                                           std::uint64_t gives_up);

/// With which PID 1 leaves: 0 only where the server that ran here, if one did, was shut down (S10).
[[nodiscard]] int exit_status(const Hands& hands);

}  // namespace runtime::elected
