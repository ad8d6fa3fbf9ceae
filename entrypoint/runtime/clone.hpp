#pragma once

#include "runtime/long_run.hpp"

namespace runtime {

/// pg_basebackup of `source` into an empty PGDATA through our own slot on it; whole or not at all
/// (S7). With `then_promote` the copy is marked: it becomes the primary at its first start.
boost::asio::awaitable<Outcome<>> clone(LongRun& run, const Context& context, core::Ordinal source,
                                        bool then_promote);

/// The same in place of a standby's copy that cannot be gone on with, and that was found to be
/// behind the source or given up (S5); no server works on it. The old copy is kept until the new
/// one is complete where the volume has room for both, and is as it was where the clone fails.
boost::asio::awaitable<Outcome<>> clone_in_place(LongRun& run, const Context& context,
                                                 core::Ordinal source);

}  // namespace runtime
