#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/settings.hpp"
#include "http/status_text.hpp"

namespace runtime {

/// How long one member may take to say what it is.
inline constexpr core::Duration status_answer_limit = std::chrono::seconds(2);

/// Of whom a status is wanted, and how it is got. The functions outlive the question.
struct Roll {
  std::vector<core::PodName> peers{};  ///< who else may exist
  /// Ends within `status_answer_limit`; the error is a sentence without a full stop.
  std::function<boost::asio::awaitable<std::expected<core::Status, std::string>>(core::PodName)>
      ask{};
  std::function<core::Status()> own{};
  /// Who is a member whether it answers or not, besides those whom a status shows as a standby.
  std::function<std::set<std::string>()> known{};
};

/// Every ordinal that may exist but this pod's own.
[[nodiscard]] std::vector<core::PodName> peers_of(const core::ClusterSettings& cluster);

/// What every member says of itself, in JSON (http::to_text), by name. All are asked at once. Of
/// the pods that may exist only those count that answer, or that somebody knows.
[[nodiscard]] boost::asio::awaitable<std::string> member_statuses(
    boost::asio::any_io_executor executor, Roll roll);

}  // namespace runtime
