#pragma once

#include <string>

namespace kubernetes {

/// What `kubectl describe pod` and `kubectl get events` show of a pod (core/v1, Event).
struct Event {
  std::string pod = {};
  std::string pod_uid = {};
  bool warning = false;
  std::string reason = {};   ///< CamelCase
  std::string message = {};  ///< a sentence for people, at most 1 kB of it is kept
  std::string time = {};     ///< RFC 3339
};

}  // namespace kubernetes
