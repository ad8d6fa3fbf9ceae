#pragma once

#include "core/time.hpp"

namespace runtime {

/// CLOCK_BOOTTIME: goes on while the machine sleeps. The program's one reader of the clock (STYLE
/// rule 2).
[[nodiscard]] core::Instant now();

}  // namespace runtime
