#pragma once

#include <expected>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "core/standby_slots.hpp"
#include "core/time.hpp"
#include "postgres/session.hpp"
#include "postgres/sql.hpp"

/// The slots that a standby keeps for the other members, in SQL. PostgreSQL copies none to
/// standbys: sync_replication_slots (17) is for logical ones.
namespace postgres {

[[nodiscard]] std::vector<core::standby_slots::Held> held(const std::vector<sql::Slot>& slots);

/// Over a session of a superuser. One that was killed in the middle leaves no slot, at worst, which
/// the next look creates.
[[nodiscard]] boost::asio::awaitable<std::expected<void, SqlError>> carry_out(
    Session& session, core::standby_slots::Step step, core::Duration limit);

}  // namespace postgres
