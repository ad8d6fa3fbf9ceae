#pragma once

#include <chrono>
#include <cstdint>

namespace core {

/// The clock of every deadline: CLOCK_BOOTTIME of this host. It has no `now()`: core is told the
/// time, and the program's one reader of the clock is runtime/clock.cpp.
struct BootClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;
};

using Instant = BootClock::time_point;
using Duration = BootClock::duration;

/// A fact and the instant at which it was seen: a decision on an old fact is a visible choice.
template <class Value>
struct Seen {
  Value value;
  Instant at;
  bool operator==(const Seen&) const = default;
};

}  // namespace core
