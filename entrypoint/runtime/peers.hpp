#pragma once

#include <boost/asio/awaitable.hpp>

#include "core/facts.hpp"
#include "postgres/session.hpp"
#include "runtime/long_run.hpp"

namespace runtime {

/// Questions to other members' servers, as the replication role, on their PostgreSQL port.
/// Coroutines of the loop; each ends by its limit. Called by Perform and by the clone.

/// How to log in there.
[[nodiscard]] postgres::Login login_to(const Context& context, core::Ordinal whom);

/// Whether `whom` holds a cluster, and which.
[[nodiscard]] boost::asio::awaitable<core::peer::Answer> ask_peer(const Context& context,
                                                                  core::Ordinal whom,
                                                                  core::Duration limit);

/// Has our slot on `primary` made where it is missing; says so in the log, and what is wrong where
/// it cannot be.
[[nodiscard]] boost::asio::awaitable<void> ensure_slot(const Context& context,
                                                       core::Ordinal primary, core::Duration limit);

}  // namespace runtime
