#pragma once

#include <cstdint>
#include <filesystem>

#include <boost/asio/awaitable.hpp>

#include "postgres/rewind_files.hpp"
#include "runtime/long_run.hpp"

namespace runtime {

/// R34: `gives_up` bytes of WAL past the fork, which no other member has, are counted in the log
/// and kept aside, as far as there is room. That they cannot be kept does not hold up what gives
/// them up. No server works on the data.
boost::asio::awaitable<void> keep_aside(LongRun& run, const std::filesystem::path& pgdata,
                                        postgres::Divergence fork, std::uint64_t gives_up);

}  // namespace runtime
