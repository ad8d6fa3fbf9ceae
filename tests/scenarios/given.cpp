#include "given.hpp"

namespace scenarios {

core::Settings standalone() {
  core::Settings settings;
  settings.official.pgdata = "/data";
  return settings;
}

core::Settings static_pod(const std::string& name) {
  const core::PodNameParts parts = *core::split_pod_name(name);
  core::Settings settings = standalone();
  settings.cluster.mode = core::Mode::static_primary;
  settings.cluster.identity = core::Identity{
      .statefulset = parts.statefulset, .ordinal = parts.ordinal, .domain = "nodes.test"};
  settings.cluster.max_members = 3;
  settings.replication.password = "not-a-secret";
  return settings;
}

directory::Content empty() {
  return directory::Empty{};
}

directory::Content unfinished(directory::Bootstrap kind) {
  return directory::Unfinished{.kind = kind};
}

directory::Cluster cluster() {
  return directory::Cluster{.version = image_major,
                            .control = {.system_id = our_cluster,
                                        .state = directory::State::shut_down,
                                        .timeline = core::Timeline{1},
                                        .checkpoint = core::Lsn{0x3000028},
                                        .min_recovery = {}},
                            .session_key = true};
}

directory::Cluster standby_cluster() {
  directory::Cluster copy = cluster();
  copy.standby_signal = true;
  copy.control.state = directory::State::shut_down_in_recovery;
  return copy;
}

directory::Cluster cluster_to_promote() {
  directory::Cluster copy = standby_cluster();
  copy.promote_pending = true;
  return copy;
}

directory::Content unusable(std::string what, std::string remedy) {
  return directory::Unusable{.what = std::move(what), .remedy = std::move(remedy)};
}

peer::Answer serves(core::SystemId id) {
  return peer::Serves{.system_id = id, .timeline = core::Timeline{1}, .lsn = core::Lsn{0x3000060}};
}

std::vector<std::pair<peer::Answer, Reason>> does_not_serve() {
  return {
      {Silence::unresolved, Reason::waiting_for_primary_name},
      {Silence::lookup_failed, Reason::waiting_for_primary_lookup},
      {Silence::refused, Reason::waiting_for_primary_port},
      {Silence::unreachable, Reason::waiting_for_primary_network},
      {Refusal::bad_password, Reason::waiting_for_primary_password},
      {Refusal::no_hba_entry, Reason::waiting_for_primary_admission},
      {Refusal::not_accepting, Reason::waiting_for_primary_start},
      {Refusal::other, Reason::waiting_for_primary_start},
      {WithoutData{}, Reason::waiting_for_primary_data},
  };
}

core::ExitStatus exit_code(int code) {
  return {.by_signal = false, .number = code};
}

core::ExitStatus killed_by(int signal) {
  return {.by_signal = true, .number = signal};
}

}  // namespace scenarios
