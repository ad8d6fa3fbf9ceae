#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "core/status.hpp"

namespace http {

/// The version of the JSON below. Members are added without another one; it changes when a member
/// goes or means something else.
inline constexpr int status_version = 1;

/// The JSON object of `/status`. What is not known is not in it.
[[nodiscard]] std::string to_text(const core::Status& status);
/// What another pod's text says. Members that this version does not know are ignored. The error is
/// one line.
[[nodiscard]] std::expected<core::Status, std::string> parse_status(std::string_view text);

/// The JSON object of `/cluster`: the members that this pod knows of, from its memory. The primary
/// knows all that stream from it, a standby itself and whom it follows.
[[nodiscard]] std::string cluster_text(const core::Status& status);

/// What a pod said of itself, or why it did not.
struct MemberStatus {
  std::string pod{};
  std::expected<core::Status, std::string> status{};
};
/// `pgordinal status --json`: the same objects, one for each member.
[[nodiscard]] std::string to_text(const std::vector<MemberStatus>& members);
[[nodiscard]] std::expected<std::vector<MemberStatus>, std::string> parse_members(
    std::string_view text);

}  // namespace http
