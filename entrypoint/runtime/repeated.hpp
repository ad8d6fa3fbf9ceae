#pragma once

#include <optional>
#include <string>

#include "core/time.hpp"

namespace runtime {

/// A failure that comes again and again is said once, then at most every 10 s, and its end once.
class Repeated {
 public:
  /// Whether to say it now.
  [[nodiscard]] bool fails(const std::string& what, core::Instant at) {
    if (!began_) began_ = at;
    if (said_ && what == last_ && at - *said_ < std::chrono::seconds(10)) return false;
    said_ = at;
    last_ = what;
    return true;
  }
  /// How long it had failed, where it had.
  std::optional<core::Duration> works(core::Instant at) {
    std::optional<core::Duration> lasted;
    if (began_) lasted = at - *began_;
    began_.reset();
    said_.reset();
    return lasted;
  }

 private:
  std::optional<core::Instant> began_;
  std::optional<core::Instant> said_;
  std::string last_;
};

}  // namespace runtime
