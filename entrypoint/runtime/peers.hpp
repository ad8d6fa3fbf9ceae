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

}  // namespace runtime
