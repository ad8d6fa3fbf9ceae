#pragma once

#include <expected>
#include <string>
#include <vector>

namespace runtime {

/// Runs a program once, with nothing of our environment and its output thrown away. An error, in
/// words, unless it exits with 0 within ten seconds. Only where no loop runs: it has its own.
[[nodiscard]] std::expected<void, std::string> trial_run(const std::string& program,
                                                         std::vector<std::string> args);

}  // namespace runtime
