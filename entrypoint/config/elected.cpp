#include <chrono>

#include "config/reading.hpp"

namespace config {
namespace {

core::Duration duration(const GivenSettings& given, Id id) {
  return std::chrono::milliseconds(given.value(id).number);
}

/// R10: named at the duration that was given last in the table, since one of them has to change.
void check_timing(Reading& reading, const core::elected::Timing& timing) {
  const auto what = core::elected::contradiction(timing);
  if (!what) return;
  Place place;
  for (const Id id :
       {Id::elected_lease_duration, Id::elected_renew_interval, Id::elected_demote_after,
        Id::elected_fence_after, Id::elected_request_timeout}) {
    if (!reading.given.known(id)) return;
    if (const Given* given = reading.given.find(id)) place = given->place;
  }
  reading.given.mistake(problem_at(place, "elected", *what, "durations that fit into one another",
                                   "the defaults are 10s, 2s, 6s, 9s and 1500ms"));
}

}  // namespace

void read_elected(Reading& reading) {
  const GivenSettings& given = reading.given;
  core::ElectedSettings& elected = reading.loaded.settings.elected;
  elected.timing = {.duration = duration(given, Id::elected_lease_duration),
                    .renew = duration(given, Id::elected_renew_interval),
                    .demote = duration(given, Id::elected_demote_after),
                    .fence = duration(given, Id::elected_fence_after),
                    .request = duration(given, Id::elected_request_timeout)};
  elected.lag_limit = static_cast<std::uint64_t>(given.value(Id::elected_lag_limit).number);
  elected.pod_uid = given.value(Id::elected_pod_uid).text;
  elected.node_name = given.value(Id::elected_node_name).text;
  elected.lease = given.value(Id::elected_lease).text;
  const core::ClusterSettings& cluster = reading.loaded.settings.cluster;
  if (elected.lease.empty() && cluster.identity) {
    elected.lease = cluster.identity->statefulset;
    if (cluster.mode == core::Mode::elected)
      reading.derive(Id::elected_lease, elected.lease, "the StatefulSet's name");
  }
  check_timing(reading, elected.timing);
}

}  // namespace config
