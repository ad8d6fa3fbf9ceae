#pragma once

#include <string>
#include <vector>

#include "runtime/command_line.hpp"
#include "runtime/grammar.hpp"

namespace runtime {

extern const OwnCommand check_command;
extern const OwnCommand init_command;
extern const OwnCommand install_command;

/// Any of our own sub-commands, `--version` or `--help`. Returns the exit status.
[[nodiscard]] int run_command(const invocation::Own& own,
                              const std::vector<std::string>& environment);

}  // namespace runtime
