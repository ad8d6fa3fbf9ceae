#pragma once

#include <optional>

#include <boost/asio/awaitable.hpp>

#include "core/rejoin_choice.hpp"
#include "runtime/long_run.hpp"

namespace runtime {

/// Why our standby does not stream from `primary`: asked are both servers, and our histories are
/// read. A server of ours that does not answer is not consistent yet, or a warm one: its files tell
/// how far its WAL goes. Nothing: it streams, it still replays what is on its disk, or the primary
/// does not answer. Called where the standby's slot is seen to. A server that has just been started
/// is asked again for as long as `patience` says.
[[nodiscard]] boost::asio::awaitable<std::optional<core::rejoin::Facts>> rejoin_facts(
    const Context& context, core::Ordinal primary, core::Duration limit,
    core::Duration patience = {});

/// The same for an order to give our copy up, also while it streams. Ours is looked at first: what
/// a stream brings meanwhile the primary has. Nothing: the primary does not answer, or how far our
/// copy goes cannot be told.
[[nodiscard]] boost::asio::awaitable<std::optional<core::rejoin::Facts>> compared_copies(
    const Context& context, core::Ordinal primary, core::Duration limit);

}  // namespace runtime
