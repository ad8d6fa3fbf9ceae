#include "world.hpp"

namespace sim {

using namespace std::chrono_literals;

void World::observe(Pod& pod) {
  progress(pod);
  elected::Facts& facts = pod.facts;
  facts.now = local(pod);
  elected::Volume& volume = facts.volume;
  const Disk& disk = pod.disk;
  volume.locked = true;
  volume.data_id = disk.data_id;
  volume.transitions = disk.transitions;
  volume.claimed = {disk.claimed};
  volume.withdrawn = disk.withdrawn;
  if (disk.content == Content::cluster) {
    volume.content = core::directory::Cluster{.version = "17",
                                              .control = {.system_id = {disk.copy.system},
                                                          .state = disk.state,
                                                          .timeline = {disk.copy.timeline()},
                                                          .checkpoint = {},
                                                          .min_recovery = {}},
                                              .standby_signal = disk.standby_signal};
    if (disk.marked_unfinished) volume.content = core::directory::Unfinished{};
    // What a server that crashed, or that still starts and replays, has on the disk is not known.
    const bool shut_down = !pod.postgres.up && disk.state == core::directory::State::shut_down;
    volume.replayed = shut_down || (pod.postgres.up && pod.postgres.replayed);
    volume.position = volume.replayed ? disk.copy.position() : disk.checkpoint;
    volume.history = disk.copy.history();
  } else {
    volume.position.reset();
    volume.history.clear();
    if (disk.content == Content::empty) {
      volume.content = core::directory::Empty{};
    } else {
      volume.content = core::directory::Unfinished{};
    }
  }
  const Postgres& postgres = pod.postgres;
  if (postgres.up) {
    facts.server.state = core::server::Running{
        .role = postgres.role, .phase = postgres.phase, .since = postgres.since};
  } else if (postgres.ended) {
    facts.server.state = core::server::Ended{};
  } else {
    facts.server.state = core::server::Absent{};
  }
  facts.server.answers = postgres.up && !postgres.hangs;
  facts.server.streams = postgres.up && postgres.streams;
  facts.server.follows =
      postgres.follows < 0 ? std::nullopt : std::optional(core::PodName{name_of(postgres.follows)});
  if (postgres.up && postgres.role == core::Role::primary && now_ >= pod.looks)
    observe_standbys(pod);
  facts.fence.beats = !pod.fence_frozen;
  facts.fence.deadline = pod.fence;
}

/// Looked at from time to time, and after events.
void World::observe_standbys(Pod& pod) {
  pod.looks = now_ + chance_.milliseconds(250, 500);
  pod.facts.standbys.clear();
  for (Pod& other : pods_) {
    if (!other.alive || !other.postgres.streams || other.postgres.follows != pod.ordinal) continue;
    if (route_[static_cast<std::size_t>(pod.ordinal)] != pod.number) continue;
    stream(other);
    if (!other.disk.data_id || now_ < other.postgres.known_from) continue;
    pod.facts.standbys.push_back(
        {.member = {.pod = {name_of(other.ordinal)}, .data = *other.disk.data_id},
         .position = other.disk.copy.position()});
  }
}

}  // namespace sim
