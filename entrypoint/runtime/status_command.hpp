#pragma once

#include "runtime/command_line.hpp"

namespace runtime {

/// `pgordinal status`: what every member of the cluster is, once or again and again. Exit status 0:
/// there is a primary and all are ready. 1: not so. 2: wrong arguments, or no PID 1 of ours.
extern const OwnCommand status_command;

}  // namespace runtime
