#include "world.hpp"

namespace sim {

using namespace std::chrono_literals;
namespace action = elected::action;

/// WAL that this server wrote since the last look.
void World::progress(Pod& pod) {
  Postgres& postgres = pod.postgres;
  if (!postgres.up || !postgres.writable || pod.frozen_all) {
    postgres.progressed = now_;
    return;
  }
  const auto micros =
      std::chrono::duration_cast<std::chrono::microseconds>(now_ - postgres.progressed).count();
  if (micros <= 0 || postgres.stopping) return;
  pod.disk.copy.end += pod.rate * static_cast<std::uint64_t>(micros) / 1'000'000;
  postgres.progressed = now_;
  if (newest_ && newest_->branch() == pod.disk.copy.branch()) {
    newest_->end = pod.disk.copy.end;
  } else {
    newest_ = pod.disk.copy;
  }
}

void World::start_server(Pod& pod, core::Role role, int follows) {
  if (pod.postgres.up) broken(pod, "a second postmaster is started");
  if (pod.disk.content != Content::cluster)
    broken(pod, "S7: an unfinished data directory is served");
  pod.postgres = Postgres{.up = true,
                          .role = role,
                          .ended = true,
                          .follows = follows,
                          .since = local(pod),
                          .progressed = now_,
                          .life = pod.postgres.life + 1};
  if (traced_)
    tell(pod, role == core::Role::primary ? "starts its server as the primary"
                                          : "starts its server as a standby");
  const std::uint32_t life = pod.postgres.life;
  check_fence(pod.number);
  after(takes(50, chance_.one_in(10) ? 3000 : 400),
        [this, number = pod.number, life] { server_ready(number, life); });
}

void World::server_ready(int number, std::uint32_t life) {
  Pod& pod = at(number);
  if (pod.postgres.life != life || !pod.postgres.up || pod.postgres.stopping) return;
  if (pod.frozen_all) {
    after(500ms, [this, number, life] { server_ready(number, life); });
    return;
  }
  if (happens(Fault::start_fails)) {
    end_server(pod, false);
    return;
  }
  pod.postgres.phase = core::ServerPhase::ready;
  if (pod.postgres.role == core::Role::primary) {
    pod.postgres.replayed = true;
    checkpoint(pod);
    pod.disk.state = core::directory::State::in_production;
    accept_writes(pod, false);
  } else {
    // It is consistent, and admits sessions; there may be much more to replay.
    const bool crashed = pod.disk.state != core::directory::State::shut_down &&
                         pod.disk.state != core::directory::State::shut_down_in_recovery;
    pod.disk.state = core::directory::State::in_archive_recovery;
    const bool long_replay = crashed && chance_.one_in(3);
    after(std::max(pod.replays_until - now_, long_replay ? takes(500, 12'000) : takes(1, 50)),
          [this, number, life] { all_replayed(number, life); });
  }
  decide_soon(number);
}

void World::all_replayed(int number, std::uint32_t life) {
  Pod& pod = at(number);
  if (pod.postgres.life != life || !pod.postgres.up || pod.postgres.stopping) return;
  if (pod.frozen_all) return after(500ms, [this, number, life] { all_replayed(number, life); });
  pod.postgres.replayed = true;
  checkpoint(pod);
  stream(pod);
  decide_soon(number);
}

void World::accept_writes(Pod& pod, bool new_timeline) {
  pod.postgres.writable = true;
  if (!opened_) opened_ = now_;
  pod.postgres.progressed = now_;
  if (traced_) tell(pod, "accepts writes on timeline " + std::to_string(pod.disk.copy.timeline()));
  if (!new_timeline && used_timelines_.empty()) used_timelines_[1] = pod.disk.copy.branch();
  if (last_writer_ != pod.number) {
    last_writer_ = pod.number;
    last_role_change_ = now_;
    ++role_changes_;
    if (quiet_) ++role_changes_in_quiet_;
  }
  check_writers();
  newest_ = pod.disk.copy;
  newest_rate_ = (lister_ == pod.number ? 0 : newest_rate_) + pod.rate;
}

/// `well`: with a shutdown checkpoint, which walsenders delivered.
void World::end_server(Pod& pod, bool well) {
  Postgres& postgres = pod.postgres;
  progress(pod);
  const bool primary = postgres.role == core::Role::primary;
  for (Pod& other : pods_) {
    if (!other.alive || !other.postgres.streams || other.postgres.follows != pod.ordinal) continue;
    stream(other);
    if (well && primary && other.postgres.streams && other.disk.copy.end < pod.disk.copy.end) {
      other.disk.copy.receive(pod.disk.copy, pod.disk.copy.end);
    }
    other.postgres.streams = false;
    decide_soon(other.number, chance_.milliseconds(1, 50));
  }
  if (well) {
    if (postgres.replayed) checkpoint(pod);
    pod.disk.state =
        primary ? core::directory::State::shut_down : core::directory::State::shut_down_in_recovery;
  }
  if (traced_)
    tell(pod, well ? "its server is shut down" : "its server ends without a shutdown checkpoint");
  ++postgres.life;
  postgres.up = false;
  postgres.writable = false;
  postgres.stopping = false;
  postgres.streams = false;
  if (pod.work == elected::Work::checkpoint) {
    ++pod.work_life;
    pod.work.reset();
    pod.facts.finished = elected::WorkEnded{.work = elected::Work::checkpoint, .ok = false};
  }
  decide_soon(pod.number, chance_.milliseconds(1, 20));
}

void World::promoted(int number, std::uint32_t life, const action::Promote& deed) {
  Pod& pod = at(number);
  const auto fails = [&] {
    pod.facts.finished = elected::WorkEnded{.work = elected::Work::promote, .ok = false};
    decide_soon(number);
  };
  if (pod.postgres.life != life || !pod.postgres.up || pod.postgres.stopping) {
    if (pod.alive && pod.memory.work == elected::Work::promote) fails();
    return;
  }
  if (happens(Fault::promotion_fails)) {
    if (chance_.one_in(2)) {
      // The history file is there, and then the server dies.
      begin_timeline(pod, deed.timeline.number);
      end_server(pod, false);
    }
    return fails();
  }
  std::uint32_t next = pod.disk.copy.timeline();
  for (const core::Timeline reserved : deed.reserve)
    next = std::max(next, reserved.number);
  if (next + 1 != deed.timeline.number)
    broken(pod, "R29: the server promotes to another number than the claimed one");
  ++counts_.promotions;
  begin_timeline(pod, deed.timeline.number);
  pod.postgres.role = core::Role::primary;
  pod.postgres.phase = core::ServerPhase::ready;
  pod.postgres.replayed = true;
  pod.postgres.streams = false;
  pod.postgres.hangs = false;
  pod.disk.standby_signal = false;
  pod.disk.state = core::directory::State::in_production;
  accept_writes(pod, true);
  pod.looks = now_;
  after(chance_.milliseconds(50, 1000), [this, number, promoted_life = pod.postgres.life] {
    if (at(number).postgres.life == promoted_life && at(number).postgres.up) checkpoint(at(number));
  });
  pod.facts.finished = elected::WorkEnded{.work = elected::Work::promote, .ok = true};
  check_fence(number);
  decide_soon(number);
}

/// The fence process: kills while a passed deadline stands.
void World::check_fence(int number) {
  Pod& pod = at(number);
  if (!pod.alive || !pod.fence || !pod.postgres.up || pod.fence_frozen || pod.frozen_all) return;
  if (local(pod) < *pod.fence) {
    const Instant when = std::max(real(pod, *pod.fence), now_ + 1ms);
    queue_.at(when, [this, number] { check_fence(number); });
    return;
  }
  after(chance_.milliseconds(0, 100),
        [this, number, life = pod.postgres.life] { kill_by_fence(number, life); });
}

void World::kill_by_fence(int number, std::uint32_t server_life) {
  Pod& pod = at(number);
  if (pod.postgres.life != server_life || !pod.postgres.up || !pod.fence) return;
  if (pod.fence_frozen || pod.frozen_all || local(pod) < *pod.fence) return;
  if (traced_) tell(pod, "is fenced");
  end_server(pod, false);
}

/// A standby receives what its upstream has.
void World::stream(Pod& standby) {
  Postgres& postgres = standby.postgres;
  const bool before = postgres.streams;
  postgres.streams = false;
  if (standby.alive && postgres.up && postgres.role == core::Role::standby && postgres.replayed &&
      !postgres.stopping && postgres.follows >= 0 && !standby.frozen_all) {
    Pod& upstream = at(route_[static_cast<std::size_t>(postgres.follows)]);
    const bool there = upstream.alive && upstream.number != standby.number &&
                       upstream.postgres.up && upstream.postgres.role == core::Role::primary &&
                       upstream.postgres.writable && !upstream.frozen_all &&
                       reaches(standby, upstream) && reaches(upstream, standby);
    if (there) progress(upstream);
    if (there && standby.disk.copy.may_stream_from(upstream.disk.copy)) {
      if (!before) check_stream(standby, upstream);
      const std::uint64_t end = upstream.disk.copy.end;
      const std::uint64_t behind = postgres.hangs ? ~std::uint64_t{0} : chance_.below(2000);
      standby.disk.copy.receive(upstream.disk.copy, end > behind ? end - behind : 0);
      postgres.streams = true;
    }
    if (before != postgres.streams && there) {
      // It is asked who it is.
      const Duration asks = postgres.streams ? chance_.milliseconds(10, 100) : 1ms;
      postgres.known_from = now_ + asks;
      after(asks, [this, number = upstream.number] {
        at(number).looks = now_;
        decide_soon(number);
      });
    }
  }
  if (before != postgres.streams && standby.alive) decide_soon(standby.number, 1ms);
}

void World::look_at_stream(int number) {
  Pod& pod = at(number);
  after(chance_.milliseconds(900, 1100), [this, number, life = pod.life] {
    if (at(number).life == life && at(number).alive) look_at_stream(number);
  });
  if (pod.postgres.up && pod.postgres.role == core::Role::standby) stream(pod);
  if (pod.postgres.up && pod.postgres.replayed && chance_.one_in(20)) checkpoint(pod);
}

}  // namespace sim
