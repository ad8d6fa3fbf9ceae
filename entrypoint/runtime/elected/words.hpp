#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/elected/decision.hpp"

namespace runtime::elected {

/// How a reason is told. steady: when it begins, for those who look closely. deed: something is
/// done now. waiting: repeated every 10 s. fault: somebody has to do something.
enum class Kind : std::uint8_t { steady, deed, waiting, fault };
[[nodiscard]] Kind kind_of(core::elected::Reason reason);

/// What the decision means, for somebody who has never seen the code: who is the primary, why this
/// is done or waited for, what to do where somebody has to. Empty where the reason's name says all.
[[nodiscard]] std::string words(const core::elected::Settings& settings,
                                const core::elected::Decision& decision,
                                const core::elected::Facts& facts);

/// `pg-0, pg-2`, or `nobody`.
[[nodiscard]] std::string names(const std::vector<core::elected::Member>& members);

}  // namespace runtime::elected
