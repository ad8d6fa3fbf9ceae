#pragma once

#include <string>
#include <vector>

#include "http/status_text.hpp"

namespace runtime {

/// The sentences around the table of `pgordinal status`.

/// The member that may be written to; nullptr: none.
[[nodiscard]] const core::Status* primary_of(const std::vector<http::MemberStatus>& members);
/// Who is the primary, since when, and who may take over.
[[nodiscard]] std::string about_primary(const std::vector<http::MemberStatus>& members);
/// Why a member is not well, or what it waits for; empty where there is nothing to say.
[[nodiscard]] std::string trouble(const http::MemberStatus& member);
/// What to do now.
[[nodiscard]] std::string advice(const std::vector<http::MemberStatus>& members);

}  // namespace runtime
