#pragma once

#include "runtime/long_run.hpp"

namespace runtime {

/// pg_basebackup of `source` into an empty PGDATA through our own slot on it; whole or not at all
/// (S7). With `then_promote` the copy is marked: it becomes the primary at its first start.
boost::asio::awaitable<Outcome<>> clone(LongRun& run, const Context& context, core::Ordinal source,
                                        bool then_promote);

}  // namespace runtime
