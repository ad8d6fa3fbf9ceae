#pragma once

#include <string>

#include "runtime/command_line.hpp"

namespace runtime {

/// A script for bash that completes our sub-commands and what may stand behind each, made from the
/// table of commands.
[[nodiscard]] std::string bash_completion();

/// `pgordinal completion bash`: prints it.
extern const OwnCommand completion_command;

}  // namespace runtime
