#pragma once

#include <optional>

#include "core/decision.hpp"

namespace runtime {

/// Turns decisions into log lines: a new reason at once, one that goes on at most every 10 s while
/// something is waited for (L5), a healthy one never again. Called by the loop after each decision.
class Journal {
 public:
  explicit Journal(const core::Settings& settings) : settings_(settings) {}
  void decided(const core::Decision& decision, core::Instant at);

 private:
  const core::Settings& settings_;
  std::optional<core::Reason> last_;
  core::Instant said_;
  core::Instant began_;
};

}  // namespace runtime
