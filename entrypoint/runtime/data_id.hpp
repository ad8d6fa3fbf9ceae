#pragma once

#include "core/elected/record.hpp"

namespace runtime {

/// A number for a copy of the data that no other has (R4); never 0, which means "any".
[[nodiscard]] core::elected::DataId fresh_data_id();

}  // namespace runtime
