#pragma once

#include <map>
#include <string>

namespace kubernetes {

/// One coordination.k8s.io/v1 Lease as the API server has it. What its fields mean to the cluster
/// is core's affair. Times are texts (RFC 3339 with microseconds): they are compared, never
/// computed with.
struct Lease {
  std::string name = {};
  std::string uid = {};  ///< both empty: it does not exist yet
  std::string resource_version = {};
  std::string holder_identity = {};  ///< empty: nobody
  int lease_duration_seconds = 0;
  std::string acquire_time = {};
  std::string renew_time = {};
  int lease_transitions = 0;
  std::map<std::string, std::string> annotations = {};
  /// The whole object as it was read: an update gives back what others have written into it
  /// (labels, owner references). Empty in a new one.
  std::string read_as = {};
  bool operator==(const Lease&) const = default;
};

}  // namespace kubernetes
