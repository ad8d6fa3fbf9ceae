#pragma once

#include <vector>

#include "core/status.hpp"
#include "postgres/standing.hpp"

namespace runtime {

/// Who streams from the primary that said so, by name.
[[nodiscard]] std::vector<core::Status::Standby> standbys_of(const postgres::Standing& standing);
/// The slots of the server that said so, and what is kept for each, up to what it has flushed.
[[nodiscard]] std::vector<core::Status::Slot> slots_of(const postgres::Standing& standing);

}  // namespace runtime
