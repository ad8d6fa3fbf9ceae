#pragma once

#include <array>

#include "config/keys.hpp"

namespace config {

namespace units {
inline constexpr std::int64_t second = 1000, minute = 60 * second, hour = 60 * minute,
                              day = 24 * hour;
inline constexpr std::int64_t kibibyte = 1024, mebibyte = 1024 * kibibyte,
                              gibibyte = 1024 * mebibyte, tebibyte = 1024 * gibibyte;
}  // namespace units

/// [elected], a part of the table in keys.cpp.
inline constexpr std::array<Key, 9> elected_keys = [] {
  using namespace units;
  return std::array<Key, 9>{{
      {.id = Id::elected_lease,
       .section = "elected",
       .name = "lease",
       .example = "\"postgresql-sfs\"",
       .documentation =
           "The Lease's name, in the pod's namespace. Not set: the StatefulSet's name."},
      {.id = Id::elected_lease_duration,
       .section = "elected",
       .name = "lease_duration",
       .type = Type::duration,
       .standard = "\"10s\"",
       .least = 2 * second,
       .most = 5 * minute,
       .documentation =
           "A primary whose Lease was not renewed for this long is replaced: whole "
           "seconds. The other "
           "durations have to fit into it; for the fastest take-over: \"4s\", and then "
           "renew_interval \"800ms\", demote_after \"2400ms\", fence_after \"3600ms\", "
           "request_timeout \"600ms\"."},
      {.id = Id::elected_renew_interval,
       .section = "elected",
       .name = "renew_interval",
       .type = Type::duration,
       .standard = "\"2s\"",
       .least = 100,
       .most = minute,
       .documentation = "The primary renews its Lease this often."},
      {.id = Id::elected_demote_after,
       .section = "elected",
       .name = "demote_after",
       .type = Type::duration,
       .standard = "\"6s\"",
       .least = 500,
       .most = 5 * minute,
       .documentation =
           "A primary that could not renew for this long, and to which not every standby "
           "promises to wait, stops its server."},
      {.id = Id::elected_fence_after,
       .section = "elected",
       .name = "fence_after",
       .type = Type::duration,
       .standard = "\"9s\"",
       .least = 1 * second,
       .most = 5 * minute,
       .documentation = "The server of such a primary is killed after this long, whatever else "
                        "happened."},
      {.id = Id::elected_request_timeout,
       .section = "elected",
       .name = "request_timeout",
       .type = Type::duration,
       .standard = "\"1500ms\"",
       .least = 100,
       .most = minute,
       .documentation = "How long the Kubernetes API may take to answer one request."},
      {.id = Id::elected_lag_limit,
       .section = "elected",
       .name = "lag_limit",
       .type = Type::size,
       .standard = "\"16MB\"",
       .least = 64 * kibibyte,
       .most = 1024 * gibibyte,
       .documentation = "A standby that is further behind the primary than this does not take over "
                        "by itself."},
      {.id = Id::elected_pod_uid,
       .section = "elected",
       .name = "pod_uid",
       .example = "\"5f1c7a52-0e2c-4b43-9c0e-0a4f6f1d2b11\"",
       .documentation = "The pod's UID, which the Lease then shows as its holder; the StatefulSet "
                        "gives it as a variable from metadata.uid. Not set: the pod's name."},
      {.id = Id::elected_node_name,
       .section = "elected",
       .name = "node_name",
       .example = "\"node-1\"",
       .documentation =
           "The node's name, which the Lease then shows; the StatefulSet gives it as a "
           "variable from spec.nodeName."},
  }};
}();

}  // namespace config
