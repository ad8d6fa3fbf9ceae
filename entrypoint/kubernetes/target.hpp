#pragma once

#include <string>

namespace kubernetes {

// Paths of the API. Names of Kubernetes' objects need no escaping (RFC 1123).

inline std::string leases_target(const std::string& name_space) {
  return "/apis/coordination.k8s.io/v1/namespaces/" + name_space + "/leases";
}
inline std::string lease_target(const std::string& name_space, const std::string& name) {
  return leases_target(name_space) + "/" + name;
}
/// By the name in a field selector, which a Role with resourceNames admits.
inline std::string watch_target(const std::string& name_space, const std::string& name,
                                const std::string& resource_version) {
  return leases_target(name_space) +
         "?watch=true&allowWatchBookmarks=true&fieldSelector=metadata.name%3D" + name +
         "&resourceVersion=" + resource_version;
}
inline std::string pod_target(const std::string& name_space, const std::string& name) {
  return "/api/v1/namespaces/" + name_space + "/pods/" + name;
}
inline std::string events_target(const std::string& name_space) {
  return "/api/v1/namespaces/" + name_space + "/events";
}

}  // namespace kubernetes
