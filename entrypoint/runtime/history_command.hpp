#pragma once

#include <string>

#include "http/history_text.hpp"
#include "runtime/command_line.hpp"

namespace runtime {

/// For a terminal: a line for each change, the oldest first.
[[nodiscard]] std::string history_table(const http::History& history);

/// `pgordinal history`: how the role of this pod's server changed since PID 1's start. Exit status
/// 0: shown. 1: PID 1 does not answer. 2: wrong arguments, or no PID 1 of ours.
extern const OwnCommand history_command;

}  // namespace runtime
