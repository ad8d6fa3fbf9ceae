#include "world.hpp"

namespace sim {

using namespace std::chrono_literals;

/// Faults that follow one another so that a certain mistake shows, if it was made. By chance alone
/// they come together too seldom.
void World::ambush(int number) {
  // While a holder is cut off a Lease is not brought back (README.md).
  const bool brought_back = (swarm_ >> static_cast<unsigned>(Fault::lease_restored) & 1) != 0;
  if (brought_back) return release_brought_back(number);
  switch (chance_.between(0, 6)) {
    case 0: return promise_forgotten(number);
    case 1: return listing_unanswered(number);
    case 2: return answered_late(number);
    case 3: return lost_before_it_lists(number);
    case 4: return promised_late(number);
    case 5: return replays_long(number);
    default: return take_over_on_its_way(number);
  }
}

void World::later_if_alive(int number, Duration delay, std::function<void(Pod&)> happens) {
  after(delay, [this, number, happens = std::move(happens)] {
    if (!quiet_ && !at(number).gone) happens(at(number));
  });
}

/// Ends its process; the next one begins `back` later.
void World::restart(Pod& pod, Duration back) {
  if (!pod.alive) return;
  note(Fault::pid1_killed);
  end_process(pod.number);
  restart_later(pod.number, back);
}

std::vector<int> World::others(int number) {
  std::vector<int> found;
  for (const int each : route_) {
    if (each != number) found.push_back(each);
  }
  return found;
}

/// R9: the primary lives on the promise of one standby for longer than a lease; then that standby's
/// process ends, and the next one knows nothing of the promise.
void World::promise_forgotten(int primary) {
  const std::vector<int> standbys = others(primary);
  const int kept = standbys[chance_.below(standbys.size())];
  for (const int each : standbys) {
    if (each != kept) restart(at(each), 40s);
  }
  later_if_alive(primary, chance_.milliseconds(1500, 5000), [this](Pod& pod) {
    note(Fault::mute_to_api);
    pod.mute_out = pod.mute_in = now_ + 30s;
  });
  later_if_alive(kept, chance_.milliseconds(8000, 25'000),
                 [this](Pod& pod) { restart(pod, chance_.milliseconds(50, 300)); });
}

/// R22: the primary asks for promises already; then a write that lists one more is applied, nobody
/// answers it, and the primary is frozen as soon as the others have promised.
void World::listing_unanswered(int primary) {
  const std::vector<int> standbys = others(primary);
  restart(at(standbys[chance_.below(standbys.size())]), chance_.milliseconds(2000, 3500));
  later_if_alive(primary, 1500ms, [this](Pod& pod) {
    note(Fault::writes_refused);
    pod.refused = now_ + chance_.milliseconds(3000, 6000);
    pod.ambushed = Pod::Ambushed::waits;
  });
}

void World::spring_ambush(Pod& pod) {
  if (quiet_ || pod.ambushed == Pod::Ambushed::no) return;
  const auto& holding = pod.memory.holding;
  if (!holding) {
    pod.ambushed = Pod::Ambushed::no;
  } else if (pod.ambushed == Pod::Ambushed::promises_awaited) {
    if (holding->counted_from <= pod.counted) return;
    pod.ambushed = Pod::Ambushed::no;
    note(Fault::pid1_frozen);
    freeze(pod, pod.settings.timing.duration * 3, false);
  } else if (pod.ambushed == Pod::Ambushed::answered) {
    // It has heard, and sets its fence; nothing that it sends is heard.
    if (pod.memory.read_due) return;
    pod.ambushed = Pod::Ambushed::no;
    note(Fault::pid1_frozen);
    freeze(pod, pod.settings.timing.duration * 3, false);
  } else if (pod.ambushed == Pod::Ambushed::unanswered && holding->counted_from > pod.counted) {
    pod.ambushed = Pod::Ambushed::no;
    if (!pod.memory.request || !pod.memory.request->write) return;
    if (traced_) tell(pod, "was promised late in the time of that write");
    note(Fault::pid1_frozen);
    freeze(pod, chance_.milliseconds(9000, 20'000), false);
  }
}

/// Whether the answer to this write is lost, and all that comes after it.
void World::ambush_write(Pod& pod, const elected::Record& record) {
  if (quiet_ || pod.ambushed != Pod::Ambushed::waits || now_ < pod.refused) return;
  const auto& holding = pod.memory.holding;
  if (!holding || record.candidates.size() <= holding->record.candidates.size()) return;
  note(Fault::answer_lost);
  if (traced_) tell(pod, "lists one more, and is not answered");
  pod.ambushed = Pod::Ambushed::unanswered;
  // A round that begins late in the write's time-out is the one that prolongs too far.
  const Duration late = pod.settings.timing.duration - pod.settings.timing.fence + 50ms;
  pod.counted = local(pod) + late;
  pod.mute_in = now_ + 30s;
  // The one that is listed now has the most.
  for (const elected::Member& before : holding->record.candidates)
    at(routed(before.pod.text)).postgres.hangs = true;
  after(12s, [this, listed = holding->record.candidates] {
    for (const elected::Member& before : listed)
      at(routed(before.pod.text)).postgres.hangs = false;
  });
  after(300ms, [this, number = pod.number] { at(number).mute_out = now_ + 30s; });
}

/// R23: the primary is cut off until its fence; the take-overs are on their way for long, and who
/// sent them begins anew. Then they hear the primary again, which the API does not.
void World::take_over_on_its_way(int primary) {
  Pod& pod = at(primary);
  const Duration full = pod.settings.timing.duration;
  note(Fault::mute_to_api);
  pod.mute_out = pod.mute_in = now_ + full * 4;
  for (const int each : others(primary)) {
    note(Fault::peers_cut);
    cut_[{primary, each}] = cut_[{each, primary}] = now_ + full + 3s;
    at(each).writes_late = now_ + full + 4s;
    later_if_alive(each, full + 2500ms,
                   [this](Pod& then) { restart(then, chance_.milliseconds(50, 300)); });
  }
}

/// R8: a write is applied, its answer is lost, and the read that shows it takes long. Its fence
/// counts from the write all the same. Nothing that the primary says to anybody arrives.
void World::answered_late(int primary) {
  at(primary).ambushed = Pod::Ambushed::write_awaited;
}

void World::ambush_renewal(Pod& pod) {
  if (quiet_ || pod.ambushed != Pod::Ambushed::write_awaited || pod.memory.read_due) return;
  const bool covered = pod.memory.holding && pod.memory.holding->phase == elected::Phase::open &&
                       !pod.memory.holding->record.candidates.empty();
  if (!covered) return;
  note(Fault::answer_lost);
  if (traced_) tell(pod, "is answered late");
  pod.ambushed = Pod::Ambushed::read_awaited;
  pod.mute_in = std::max(pod.mute_in, now_ + pod.settings.timing.request);
  for (const int each : others(pod.number))
    cut_[{pod.number, each}] = cut_[{each, pod.number}] = now_ + pod.settings.timing.duration * 2;
}

/// How much longer this read takes; what comes back is the last thing that this process hears.
Duration World::ambush_read(Pod& pod) {
  if (quiet_ || pod.ambushed != Pod::Ambushed::read_awaited) return {};
  const Duration late = pod.settings.timing.request * 9 / 10;
  after(late, [this, number = pod.number] {
    Pod& then = at(number);
    if (quiet_ || then.ambushed != Pod::Ambushed::read_awaited) return;
    then.ambushed = Pod::Ambushed::answered;
    then.mute_out = then.mute_in = now_ + then.settings.timing.duration * 3;
  });
  return late;
}

/// R24: the primary is cut off from the API, and promises come late in the time of their round. It
/// freezes as soon as they have prolonged its fence.
void World::promised_late(int primary) {
  Pod& pod = at(primary);
  note(Fault::mute_to_api);
  pod.mute_out = pod.mute_in = now_ + pod.settings.timing.duration * 3;
  pod.ambushed = Pod::Ambushed::promises_awaited;
  pod.counted = local(pod);
}

/// How much longer an answer to this pod takes.
Duration World::ambush_answer(const Pod& asker) {
  if (quiet_ || asker.ambushed != Pod::Ambushed::promises_awaited) return {};
  return asker.settings.timing.request * 24 / 25;
}

/// R18: one standby lags, then all lose power and the primary stays away. Of those that hold more
/// it takes long until they have replayed it.
void World::replays_long(int primary) {
  const std::vector<int> standbys = others(primary);
  const int lags = standbys[chance_.below(standbys.size())];
  note(Fault::standby_lags);
  at(lags).postgres.hangs = true;
  after(chance_.milliseconds(500, 3000), [this, primary, standbys, lags] {
    if (!quiet_) {
      for (const int each : standbys)
        at(each).replays_until = each == lags ? now_ : now_ + chance_.milliseconds(10'000, 25'000);
      note(Fault::power_cut);
      power_cut(primary);
    }
    at(lags).postgres.hangs = false;
  });
}

/// R26: the primary freezes while its standbys, but for one, receive nothing. That one takes over,
/// opens, and is cut off before it writes a list of its own.
void World::lost_before_it_lists(int primary) {
  const std::vector<int> standbys = others(primary);
  const int kept = standbys[chance_.below(standbys.size())];
  for (const int each : standbys)
    if (each != kept) at(each).postgres.hangs = true;
  after(40s, [this, standbys] {
    for (const int each : standbys)
      at(each).postgres.hangs = false;
  });
  note(Fault::pid1_frozen);
  freeze(at(primary), 40s, false);
  cut_off_next_opener(primary, now_ + 25s);
}

void World::cut_off_next_opener(int primary, Instant until) {
  if (quiet_ || now_ >= until) return;
  if (last_writer_ == primary)
    return after(20ms, [this, primary, until] { cut_off_next_opener(primary, until); });
  Pod& pod = at(last_writer_);
  note(Fault::mute_to_api);
  note(Fault::peers_cut);
  pod.mute_out = pod.mute_in = now_ + pod.settings.timing.duration * 3;
  for (const int each : others(pod.number))
    cut_[{pod.number, each}] = cut_[{each, pod.number}] = pod.mute_out;
}

/// R6: somebody brings back a Lease that was released, while the primary's PID 1 does not look.
void World::release_brought_back(int primary) {
  backup_.reset();
  backs_up_release_ = true;
  at(primary).facts.command = elected::SwitchoverRequest{};
  note(Fault::switchover);
  decide_soon(primary);
  after(20s, [this] {
    if (quiet_ || !backup_ || lease_was_touched_ || !store_.object()) return;
    if (last_writer_ < 0 || !at(last_writer_).alive) return;
    note(Fault::pid1_frozen);
    freeze(at(last_writer_), 8s, false);
    note(Fault::lease_restored);
    lease_was_touched_ = lease_was_restored_ = true;
    store_.restore(*backup_, now_);
    notify_watches();
  });
}

}  // namespace sim
