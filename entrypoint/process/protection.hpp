#pragma once

#include <string>
#include <vector>

namespace process {

/// Descriptors 0, 1 and 2 are open from here on (/dev/null where they were not), so that no file or
/// socket of ours becomes a child's standard output. Call it before the first open.
void ensure_standard_descriptors();

/// No core file, no ptrace, no readable /proc/PID for others of our UID. Undone in children by
/// their exec; become() keeps it.
void not_dumpable();

/// Returns the environment and overwrites its memory, so that /proc/PID/environ shows nothing;
/// before anything calls setenv. getenv then finds only what libraries need and nobody keeps secret
/// in: PATH, HOME, TZ, LANG, LC_*, the resolver's and OpenSSL's names.
[[nodiscard]] std::vector<std::string> scrub_environment();

/// Orphans of our descendants become our children although we are not PID 1. False when the kernel
/// refuses.
bool become_subreaper();

/// The kernel sends us `signal` when our parent ends. 0 switches it off.
void set_parent_death_signal(int signal);

}  // namespace process
