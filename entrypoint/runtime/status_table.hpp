#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "http/status_text.hpp"

namespace runtime {

enum class Colours : std::uint8_t { none, terminal };

/// What `pgordinal status` prints: who is the primary and since when, a line for each member, why
/// where one is not well, and what to do. No line is longer than 80 characters, and nothing that a
/// member said can steer a terminal.
[[nodiscard]] std::string status_table(const std::vector<http::MemberStatus>& members,
                                       Colours colours = Colours::none);

/// There is a primary, and every member that is known answers and is ready.
[[nodiscard]] bool is_well(const std::vector<http::MemberStatus>& members);

}  // namespace runtime
