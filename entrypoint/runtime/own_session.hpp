#pragma once

#include <boost/asio/awaitable.hpp>

#include "postgres/session.hpp"
#include "runtime/long_run.hpp"

namespace runtime {

/// PID 1's own SQL session to its server, as role `pgordinal` over the Unix socket that
/// postmaster.pid names. Works whatever the user's pg_hba.conf says: our line stands in front of
/// his. Static mode only: standalone has no such role.
[[nodiscard]] boost::asio::awaitable<std::expected<postgres::Session, postgres::SqlError>>
own_session(const Context& context, core::Duration limit);

}  // namespace runtime
