#pragma once

#include <boost/asio/awaitable.hpp>

#include "runtime/long_run.hpp"

namespace runtime {

/// A cluster was just made with the passwords of the settings, or came to us with its own: only a
/// later change is carried in.
[[nodiscard]] Outcome<> record_passwords(const core::Settings& settings);

/// On the primary, in static mode: carries the passwords of the settings into the superuser and the
/// replication role where they are not those that were carried in last. Never a clear password in
/// SQL: a SCRAM verifier that is made here, in a session that the server's log leaves out (K1).
/// Opens a session only where there is something to do. False where something could not be done;
/// the log says what and why.
[[nodiscard]] boost::asio::awaitable<bool> assert_passwords(const Context& context,
                                                            core::Duration limit);

}  // namespace runtime
