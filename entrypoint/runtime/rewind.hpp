#pragma once

#include <cstdint>

#include "postgres/generated_conf.hpp"
#include "runtime/long_run.hpp"

namespace runtime {

/// pg_rewind of PGDATA, whose server is stopped, to what `source` has (R4, R34). An unreachable
/// source, and a rewind that PostgreSQL refuses, leave the directory as it was. From then on a kill
/// or a failure leaves an Unfinished, which the caller discards and clones: whether this copy may
/// be given up (S5) was its decision. `gives_up`: bytes of our WAL past the fork.
[[nodiscard]] boost::asio::awaitable<Outcome<>> rewind(LongRun& run, const Context& context,
                                                       postgres::Upstream source,
                                                       std::uint64_t gives_up);

}  // namespace runtime
