#pragma once

#include <optional>
#include <string>

#include "core/decision.hpp"

namespace runtime {

/// What a decision means, for people. Empty where the reason's name says all.
[[nodiscard]] std::string words(const core::Decision& decision, const core::Settings& settings);

/// It does something, or ends; it is no wait and no rest.
[[nodiscard]] bool is_deed(core::Reason reason);

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
