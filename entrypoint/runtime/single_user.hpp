#pragma once

#include <optional>

#include "process/spawn.hpp"
#include "runtime/borrowed_name.hpp"
#include "runtime/long_run.hpp"

namespace runtime {

/// `postgres --single` on PGDATA, whose server is stopped, with our configuration for a primary:
/// recovers what was not shut down, and runs what it is given. PostgreSQL refuses it beside
/// standby.signal. Owns the name that the command borrows.
struct SingleUser {
  process::Command command;
  BorrowedName name;
};

/// Writes the configuration. Refused where a server runs on PGDATA; a postmaster.pid that a crash
/// left, and that names another live process by now, is overlooked.
[[nodiscard]] Outcome<SingleUser> single_user(const Context& context);

}  // namespace runtime
