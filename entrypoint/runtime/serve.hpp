#pragma once

#include "process/signals.hpp"
#include "runtime/grammar.hpp"

namespace runtime {

/// PostgreSQL under our supervision, from the settings to the exit status. Signals must be blocked.
[[nodiscard]] int serve(const invocation::Server& invocation);
/// docker-ensure-initdb.sh's job (contract clause 54): leaves once PGDATA holds a cluster.
[[nodiscard]] int serve(const invocation::EnsureInitdb& invocation);

}  // namespace runtime
