#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.hpp"

/// What `GET /history` on the private socket says: how the role of this pod's server changed.
namespace http {

struct RoleEvent {
  std::string at{};      ///< in UTC, `2026-11-28T14:05:01Z`
  std::string role{};    ///< `primary`, `standby`, `down`
  std::string reason{};  ///< of the decision that led to it, its name
  std::string text{};    ///< the same for people; may be empty
  bool operator==(const RoleEvent&) const = default;
};
struct History {
  std::string pod{};
  std::vector<RoleEvent> events{};  ///< oldest first
  bool cut = false;                 ///< there were more, older ones
  /// core::Status::last_outage
  std::optional<core::Duration> last_outage{};
  bool operator==(const History&) const = default;
};

[[nodiscard]] std::string to_text(const History& history);  ///< a JSON object
[[nodiscard]] std::expected<History, std::string> parse_history(std::string_view text);

}  // namespace http
