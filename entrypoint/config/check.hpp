#pragma once

#include <iosfwd>

#include "config/load.hpp"

namespace config {

/// `pgordinal check [--config FILE]`: the effective settings and where each came from to `out`, or
/// every problem to `error`. Returns the exit status, 0 or 1. Sets `only_check` itself.
[[nodiscard]] int check(Input input, std::ostream& out, std::ostream& error);

}  // namespace config
