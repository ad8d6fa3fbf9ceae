#pragma once

namespace process {

// Descriptors of a child between fork and exec; only spawn.cpp calls these.

/// Puts the three where 0, 1 and 2 are, whatever their numbers are. -1: for 0 an empty input, for 1
/// and 2 what is there. Returns 0 or an errno.
int place_standard_descriptors(int input, int output, int error);

/// Everything from 3 on is closed by the exec, whoever opened it and forgot O_CLOEXEC.
void close_above_standard_on_exec();

}  // namespace process
