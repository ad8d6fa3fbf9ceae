#include <algorithm>

#include "world.hpp"

namespace sim {

using namespace std::chrono_literals;

namespace {

/// What a person may order, by turns: no draw of chance, so that a seed's faults stay what they
/// are.
elected::Command ordered_at(core::Instant now) {
  const auto turn = now.time_since_epoch() / 1ms % 4;
  if (turn == 0) return core::Order::restart;
  if (turn == 1) return core::Order::reinit;
  return elected::SwitchoverRequest{};
}

}  // namespace

/// Often the primary: that is where it hurts.
int World::some_pod() {
  if (chance_.percent(50) && last_writer_ >= 0 && !at(last_writer_).gone) return last_writer_;
  return route_[chance_.below(route_.size())];
}

void World::freeze(Pod& pod, Duration how_long, bool all) {
  // PID 1 and the fence each by itself at the same time are two faults (PROTOCOL section 3).
  if (!pod.alive || pod.frozen || (pod.fence_frozen && !all)) return;
  pod.frozen = now_ + how_long;
  if (all) {
    progress(pod);
    pod.frozen_all = true;
  }
  if (traced_) tell(pod, all ? "is frozen" : "PID 1 is frozen");
  after(how_long, [this, number = pod.number, life = pod.life] {
    if (at(number).life == life) thaw(number);
  });
}

void World::thaw(int number) {
  Pod& pod = at(number);
  if (!pod.frozen) return;
  if (traced_) tell(pod, "thaws");
  pod.frozen.reset();
  if (pod.frozen_all) {
    pod.frozen_all = false;
    pod.postgres.progressed = now_;
    // The window of a thaw is assumed away (PROTOCOL section 2): the fence comes first.
    if (pod.postgres.up && pod.fence && local(pod) >= *pod.fence) end_server(pod, false);
    check_writers();
  }
  for (elected::LeaseSeen& seen : pod.facts.seen)
    seen.at = local(pod);
  perform_all(number, std::exchange(pod.held, {}));
  decide_soon(number);
}

void World::replace_pod(Pod& old) {
  Pod& fresh = make_pod(old.ordinal);
  route_[static_cast<std::size_t>(old.ordinal)] = fresh.number;
  restart_later(fresh.number, chance_.milliseconds(500, 5000));
  after(chance_.milliseconds(5000, 60'000), [this, number = old.number] {
    end_process(number);
    at(number).gone = true;
  });
}

/// Faults come in company: the primary is cut off from the API, messages between pods take long,
/// and then PID 1 freezes, pods restart, the network is cut one way.
void World::storm(int number) {
  const auto takes = chance_.between(3000, 30'000);
  Pod& pod = at(number);
  const Instant end = now_ + std::chrono::milliseconds(takes);
  switch (chance_.between(0, 3)) {
    case 0: pod.mute_out = end; break;
    case 1: pod.mute_in = end; break;
    case 2: pod.refused = end; break;
    default: api_hangs_ = end; break;
  }
  const int delayed = weights_[static_cast<std::size_t>(Fault::peer_delayed)];
  weights_[static_cast<std::size_t>(Fault::peer_delayed)] = chance_.between(0, 300);
  after(std::chrono::milliseconds(takes), [this, delayed] {
    if (!quiet_) weights_[static_cast<std::size_t>(Fault::peer_delayed)] = delayed;
  });
  constexpr std::array company = {
      Fault::pid1_frozen,  Fault::pid1_frozen,  Fault::peers_cut_one_way, Fault::peers_cut,
      Fault::server_crash, Fault::pid1_killed,  Fault::peers_cut_one_way, Fault::stop_asked,
      Fault::pod_replaced, Fault::standby_lags, Fault::all_frozen,        Fault::switchover};
  for (int more = chance_.between(1, 4); more > 0; --more) {
    const Fault fault = company.at(chance_.below(company.size()));
    if ((swarm_ >> static_cast<unsigned>(fault) & 1) == 0) continue;
    const int whom = chance_.percent(60) ? number : route_[chance_.below(route_.size())];
    after(chance_.milliseconds(0, takes), [this, fault, whom] {
      if (!quiet_ && !at(whom).gone) inject(fault, whom);
    });
  }
}

/// All pods lose power. They come back soon after one another, but for one.
void World::power_cut(std::optional<int> stays_away) {
  for (const int number : route_) {
    Pod& pod = at(number);
    end_process(number);
    pod.uid = static_cast<std::uint32_t>(chance_.below(1U << 30));
    restart_later(number, number == stays_away ? 70s : chance_.milliseconds(500, 4000));
  }
}

void World::inject(Fault fault, int number) {
  Pod& pod = at(number);
  const Duration brief = chance_.milliseconds(200, chance_.one_in(2) ? 4000 : 30'000);
  const auto end_and_restart = [&](Duration after_delay) {
    end_process(number);
    restart_later(number, after_delay);
  };
  if (traced_) tell(pod, "FAULT " + std::string(to_text(fault)));
  note(fault);
  switch (fault) {
    case Fault::api_outage: api_down_ = now_ + brief; break;
    case Fault::api_hangs: api_hangs_ = now_ + brief; break;
    case Fault::writes_refused: pod.refused = now_ + brief; break;
    case Fault::storm: storm(number); break;
    case Fault::ambush:
      if (last_writer_ >= 0 && at(last_writer_).alive) ambush(last_writer_);
      break;
    case Fault::mute_to_api: pod.mute_out = now_ + brief; break;
    case Fault::mute_from_api: pod.mute_in = now_ + brief; break;
    case Fault::peers_cut:
    case Fault::peers_cut_one_way:
      for (const Pod& other : pods_) {
        if (other.number == number || chance_.one_in(3)) continue;
        cut_[{number, other.number}] = now_ + brief;
        if (fault == Fault::peers_cut) cut_[{other.number, number}] = now_ + brief;
      }
      if (chance_.one_in(2)) pod.mute_out = pod.mute_in = now_ + brief;
      break;
    case Fault::pid1_killed:
      end_and_restart(chance_.milliseconds(100, chance_.one_in(2) ? 1500 : 10'000));
      break;
    case Fault::pod_deleted:
      pod.uid = static_cast<std::uint32_t>(chance_.below(1U << 30));
      end_and_restart(chance_.milliseconds(500, 40'000));
      break;
    case Fault::power_cut:
      power_cut(chance_.percent(70) ? std::optional(last_writer_) : std::nullopt);
      break;
    case Fault::volume_lost:
      end_process(number);
      pod.disk = Disk{};
      restart_later(number, chance_.milliseconds(500, 20'000));
      break;
    case Fault::pod_replaced:
      if (pod.alive && route_[static_cast<std::size_t>(pod.ordinal)] == number) replace_pod(pod);
      break;
    case Fault::pid1_frozen:
      if (chance_.one_in(2)) {
        pod.frozen_after_decision = true;
      } else {
        freeze(pod, brief, false);
      }
      break;
    case Fault::fence_frozen:
      if (pod.alive && !pod.frozen && !pod.frozen_after_decision) {
        pod.fence_frozen = true;
        decide_soon(number, 1s);
      }
      break;
    case Fault::all_frozen: freeze(pod, brief, true); break;
    case Fault::server_crash:
      if (pod.alive && pod.postgres.up && !pod.frozen_all) end_server(pod, false);
      break;
    case Fault::server_hangs:
    case Fault::standby_lags:
      pod.postgres.hangs = true;
      after(brief, [this, number] { at(number).postgres.hangs = false; });
      decide_soon(number);
      break;
    case Fault::stop_asked:
      if (pod.alive && !pod.facts.stop) {
        pod.facts.stop = core::StopRequest{.at = local(pod)};
        decide_soon(number);
        after(60s, [this, number, life = pod.life] {
          if (at(number).life != life) return;  // SIGKILL after the grace period
          end_process(number);
          restart_later(number, chance_.milliseconds(500, 8000));
        });
      }
      break;
    case Fault::switchover:
      pod.facts.command = ordered_at(now_);
      decide_soon(number);
      break;
    case Fault::pause:
      pod.facts.command = elected::Pause{.on = chance_.one_in(2)};
      decide_soon(number);
      break;
    case Fault::lease_deleted:
      if (!store_.object() || lease_was_touched_) break;
      lease_was_touched_ = true;
      removed_ = store_.object()->sighting.record;
      removed_at_ = now_;
      store_.remove();
      notify_watches();
      break;
    case Fault::lease_restored:
      if (!store_.object()) break;
      if (!backup_ && !store_.object()->sighting.record.system_id) break;
      if (!backup_) {
        backup_ = store_.object()->sighting.record;
      } else if (!lease_was_touched_) {
        lease_was_touched_ = lease_was_restored_ = true;
        store_.restore(*backup_, now_);
        notify_watches();
      }
      break;
    case Fault::wall_clock_set:
      pod.wall.offset += chance_.milliseconds(-30'000, 30'000);
      check_fence(number);
      break;
    case Fault::write_lost:
    case Fault::write_delayed:
    case Fault::write_duplicated:
    case Fault::answer_lost:
    case Fault::answer_delayed:
    case Fault::peer_delayed:
    case Fault::stale_read:
    case Fault::watch_lost:
    case Fault::promotion_fails:
    case Fault::start_fails:
    case Fault::initdb_fails:
    case Fault::rejoin_fails:
    case Fault::slow_stop:
    case Fault::disk_refuses:
    case Fault::count_: break;
  }
}

/// A person gives the order to all pods until the Lease says that it was heard.
void World::resume() {
  after(10s, [this] { resume(); });
  if (!store_.object() || !store_.object()->sighting.record.paused) return;
  for (const int number : route_) {
    if (at(number).facts.command) continue;
    at(number).facts.command = elected::Pause{.on = false};
    decide_soon(number);
  }
}

void World::heal() {
  quiet_ = true;
  resume();
  // Not forgotten: what was cut until now did not answer.
  for (auto& [between, until] : cut_)
    until = std::min(until, now_);
  api_down_ = api_hangs_ = now_;
  for (Pod& pod : pods_) {
    pod.mute_out = pod.mute_in = pod.refused = now_;
    pod.postgres.hangs = false;
    pod.fence_frozen = false;
    pod.frozen_after_decision = false;
    pod.ambushed = Pod::Ambushed::no;
    pod.writes_late = now_;
    if (pod.frozen) thaw(pod.number);
    check_fence(pod.number);
    const bool routed_here = route_[static_cast<std::size_t>(pod.ordinal)] == pod.number;
    if (!routed_here && !pod.gone) {
      end_process(pod.number);
      pod.gone = true;
    } else if (!pod.alive && !pod.gone) {
      restart_later(pod.number, chance_.milliseconds(100, 3000));
    }
    decide_soon(pod.number);
  }
}

}  // namespace sim
