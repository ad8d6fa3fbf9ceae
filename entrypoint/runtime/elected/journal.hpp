#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/elected/decision.hpp"

namespace runtime::elected {

/// Turns decisions of elected mode into log lines: a new reason at once, one that goes on at most
/// every 10 s while something is waited for (L5), a healthy one never again.
class Journal {
 public:
  explicit Journal(const core::elected::Settings& settings) : settings_(settings) {}
  void decided(const core::elected::Decision& decision, const core::elected::Facts& facts);

 private:
  const core::elected::Settings& settings_;
  struct Said {
    core::Instant at;
    std::string text{};
  };

  std::optional<core::elected::Reason> last_;
  core::Instant began_;
  std::map<core::elected::Reason, Said> said_;
};

}  // namespace runtime::elected
