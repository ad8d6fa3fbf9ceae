#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "core/facts.hpp"
#include "core/time.hpp"
#include "http/history_text.hpp"

namespace runtime {

/// How the role of this pod's server changed since PID 1's start, with what led to it: for
/// `pgordinal history`; nothing depends on it. Bounded: the last 100 changes. Owned by the driver,
/// which tells it of each decision.
class Chronicle {
 public:
  /// `deed`: the decision did something, it was no wait and no rest.
  void decided(bool deed, std::string_view reason, std::string_view text,
               const core::server::State& server, core::Instant at);
  [[nodiscard]] http::History history(std::string pod, core::Instant at) const;

 private:
  struct Change {
    core::Instant at;
    std::string_view role;
    std::string reason;
    std::string text;
  };
  std::string reason_;  ///< of the last deed since the last change; empty: none
  std::string text_;
  std::deque<Change> changes_;
  bool cut_ = false;
};

}  // namespace runtime
