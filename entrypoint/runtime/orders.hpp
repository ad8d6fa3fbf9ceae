#pragma once

#include "runtime/command_line.hpp"

namespace runtime {

/// Orders to the PID 1 of this pod. Exit status 0: carried out. 1: refused, or nobody knows what
/// became of it; the text says why and what to do. 2: wrong arguments, or no PID 1 of ours.
extern const OwnCommand failover_command;
extern const OwnCommand pause_command;
extern const OwnCommand resume_command;
extern const OwnCommand reinit_command;
extern const OwnCommand reload_command;
extern const OwnCommand restart_command;
extern const OwnCommand switchover_command;

}  // namespace runtime
