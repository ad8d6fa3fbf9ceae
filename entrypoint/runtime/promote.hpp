#pragma once

#include <functional>

#include "runtime/long_run.hpp"

namespace runtime {

/// Makes the running standby the primary: the request file, a signal to the postmaster, then
/// pg_control must say "in production" by `deadline`. `signal_server` sends a signal to the
/// postmaster.
[[nodiscard]] boost::asio::awaitable<Outcome<>> promote(LongRun& run, const Context& context,
                                                        core::Instant deadline,
                                                        std::function<void(int)> signal_server);

}  // namespace runtime
