#pragma once

#include <span>
#include <string_view>

#include "runtime/command_line.hpp"

namespace runtime {

/// All of our own sub-commands, by name.
[[nodiscard]] std::span<const OwnCommand* const> own_commands();
/// nullptr: it is none of ours.
[[nodiscard]] const OwnCommand* own_command(std::string_view name);

}  // namespace runtime
