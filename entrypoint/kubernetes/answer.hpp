#pragma once

#include <string>

#include "kubernetes/connection.hpp"
#include "kubernetes/error.hpp"

namespace kubernetes {

/// What was asked, as a Role names it: for the message of a 403.
struct Asked {
  std::string verb = {};      ///< get, create, update, patch, watch
  std::string resource = {};  ///< `leases.coordination.k8s.io`, `pods`
  std::string name = {};
  std::string name_space = {};
};

[[nodiscard]] inline bool good(const Response& response) {
  return response.status >= 200 && response.status < 300;
}
/// The error that an answer with another status is.
[[nodiscard]] Error error_of(const Response& response, const Asked& asked);
/// The error that no (whole) answer is.
[[nodiscard]] Error error_of(const Broken& broken);

}  // namespace kubernetes
