#pragma once

#include <string>
#include <vector>

namespace process {

/// `pgordinal init -- COMMAND`: any command under the same init. `command` is COMMAND,
/// `environment` is given to it as it is. Signals must be blocked and dispositions reset. Returns
/// the status to exit with.
///
/// The command gets its own process group (the terminal's foreground one, where we had the
/// foreground), an empty signal mask and default dispositions. Every signal goes on to the command
/// alone, as with tini, except SIGCHLD, SIGTTIN and SIGTTOU. Exit status: the command's, or 128 +
/// its signal; 127 not found, 126 not executable. When the command has ended, what it left behind
/// gets SIGTERM: as PID 1 every process, with up to a second to end well; else the command's group,
/// and the next init above us takes care of the rest.
int run_init(const std::vector<std::string>& command, const std::vector<std::string>& environment);

}  // namespace process
