#pragma once

#include <string>

#include "core/time.hpp"

namespace runtime {

/// CLOCK_BOOTTIME: goes on while the machine sleeps. The program's one reader of the clock (STYLE
/// rule 2).
[[nodiscard]] core::Instant now();

/// How long until a multiple of `period` that is half a period to one and a half away. Timers that
/// nothing hurries fire on it together: one wake of the processor in place of several.
[[nodiscard]] core::Duration until_beat(core::Duration period);

/// The wall clock as a Lease shows it to people, RFC 3339 with microseconds. Nothing reads it.
[[nodiscard]] std::string wall_clock_text();

/// What it showed so long ago, in UTC to the second. For people alone.
[[nodiscard]] std::string wall_clock_text(core::Duration ago);

}  // namespace runtime
