#pragma once

#include <string>

#include "core/time.hpp"

namespace runtime {

/// CLOCK_BOOTTIME: goes on while the machine sleeps. The program's one reader of the clock (STYLE
/// rule 2).
[[nodiscard]] core::Instant now();

/// The wall clock as a Lease shows it to people, RFC 3339 with microseconds. Nothing reads it.
[[nodiscard]] std::string wall_clock_text();

}  // namespace runtime
