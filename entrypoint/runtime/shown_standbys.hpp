#pragma once

#include <vector>

#include "core/status.hpp"
#include "postgres/standing.hpp"

namespace runtime {

/// Who streams from the primary that said so, by name.
[[nodiscard]] std::vector<core::Status::Standby> standbys_of(const postgres::Standing& standing);

}  // namespace runtime
