#pragma once

#include <atomic>
#include <cstdint>
#include <limits>

#include "process/fence.hpp"

namespace process {

/// The page that the fence and its owner share. All of it is lock-free: a lock would be held for
/// ever by an owner that is stopped.
struct FencePage {
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

  std::atomic<std::int64_t> deadline{never};  ///< nanoseconds of CLOCK_BOOTTIME; never: disarmed
  std::atomic<std::uint64_t> heartbeat{0};
  std::atomic<std::uint64_t> killed{0};
};
static_assert(std::atomic<std::int64_t>::is_always_lock_free);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

/// The whole life of the fence's process, right after the fork. It allocates nothing, takes no lock
/// and calls only what is safe in a fork of a process with threads.
[[noreturn]] void guard(FencePage& page, const ServersOf& which, Clock clock);

}  // namespace process
