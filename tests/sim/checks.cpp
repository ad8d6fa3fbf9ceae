#include <algorithm>

#include "world.hpp"

namespace sim {

using namespace std::chrono_literals;
namespace action = elected::action;

void World::broken(const Pod& pod, const std::string& what) {
  if (traced_) tell(pod, "BROKEN: " + what);
  throw Broken(what);
}

/// S1.
void World::check_writers() {
  const Pod* first = nullptr;
  for (const Pod& pod : pods_) {
    if (!pod.alive || !pod.postgres.up || !pod.postgres.writable || pod.frozen_all) continue;
    if (first != nullptr) broken(pod, "S1: two servers accept writes");
    first = &pod;
  }
}

/// S2, R12.
void World::check_start(const Pod& pod) {
  if (!pod.fence) broken(pod, "R12: a server becomes the primary without an armed fence");
  if (local(pod) >= *pod.fence || lease_was_touched_) return;
  if (!store_.object() || store_.object()->sighting.record.holder != pod.settings.self) {
    broken(pod, "S2: a server becomes the primary while this pod does not hold the Lease");
  }
}

/// S13, and what a failover may lose (R26).
void World::begin_timeline(Pod& pod, std::uint32_t number) {
  Copy& copy = pod.disk.copy;
  // A Lease that was brought back from the past has forgotten numbers; that is not supported.
  if (used_timelines_.contains(number) && !lease_was_restored_) {
    broken(pod, "S13: a timeline's number is used twice");
  }
  if (newest_ && !data_loss_accepted_ && !lease_was_restored_) {
    const std::uint64_t kept = newest_->common(copy);
    const std::uint64_t lost = newest_->end > kept ? newest_->end - kept : 0;
    const std::uint64_t bound = pod.settings.lag_limit + newest_rate_ * 14 + 4096;
    if (lost > bound) {
      if (traced_)
        tell(pod,
             "loses " + std::to_string(lost) + " bytes, the bound is " + std::to_string(bound));
      broken(pod, "R26: a failover loses more than the lag limit and one fence time");
    }
  }
  copy.lineage.push_back({.timeline = number, .begin = copy.end, .branch = ++last_branch_});
  used_timelines_[number] = copy.branch();
}

/// S3, R1, R5: of the write and what it replaced.
void World::check_applied(const action::WriteLease& write, const Store::Applied& applied,
                          const Pod& writer, const Sent& sent) {
  const elected::Record& next = write.record;
  const auto waited = [&](Instant since, Duration theirs) {
    const Duration least = std::max(next.duration, theirs);
    return now_ - since >= least - least / 500;
  };
  if (!applied.before) {
    // What was on its way before the deletion did not judge it; who knows better takes it for an
    // old record (R6), and other promises hold against it.
    if (!removed_ || next.write.writer == removed_->holder || sent.when < removed_at_) return;
    if (!waited(removed_at_, removed_->duration))
      broken(writer, "R5: a deleted Lease is taken at once");
    return;
  }
  const elected::Record& before = applied.before->sighting.record;
  if (next.holder && next.transitions > before.transitions) {
    check_list(before, next, writer);
    check_passed_over(before, writer, sent);
    check_paused(before, next, writer, sent);
  }
  if (!before.holder || next.holder == before.holder) return;
  if (!next.holder) {
    if (next.write.writer != *before.holder) broken(writer, "R1: somebody else releases the Lease");
    return;
  }
  ++counts_.take_overs;
  const bool own_copy = next.last == before.last && next.last.data != elected::DataId{};
  if (!own_copy && !waited(applied.before->applied, before.duration)) {
    broken(writer,
           "S3: a Lease is taken over before its record was seen unchanged for a full duration");
  }
}

/// R28: nothing newer exists yet, so whoever might go on before may go on still.
void World::check_list(const elected::Record& before, const elected::Record& next,
                       const Pod& writer) {
  if (!before.system_id || lease_was_touched_ || data_loss_accepted_) return;
  const auto stays = [&](const elected::Member& member) {
    return member == next.last || member.data == elected::DataId{} ||
           std::ranges::find(next.candidates, member) != next.candidates.end();
  };
  if (!stays(before.last) || !std::ranges::all_of(before.candidates, stays)) {
    broken(writer, "R28: a take-over takes the right to go on from a pod that holds everything");
  }
}

/// While the Lease says that automatic failover is paused, whoever takes over is the last holder
/// itself, was named by a switchover, or was told to.
void World::check_paused(const elected::Record& before, const elected::Record& next,
                         const Pod& writer, const Sent& sent) {
  if (!before.paused || !before.system_id || sent.resumed || data_loss_accepted_) return;
  const bool named = !before.holder && before.successor == next.last.pod;
  if (next.last != before.last && !named)
    broken(writer, "pause: a pod takes over from another by itself");
}

bool World::heard_better(const Pod& pod, const action::WriteLease& deed) const {
  const auto& challenge = pod.memory.challenge;
  const auto& view = pod.memory.view.sighting;
  if (!challenge || !deed.base || challenge->judged != deed.base->version || !view) return false;
  return std::ranges::any_of(pod.heard, [&](const auto& each) {
    const auto& [member, heard] = each;
    return heard.round == challenge->round && view->record.lists(member) &&
           heard.copy.timeline() == pod.disk.copy.timeline() &&
           heard.copy.end > pod.disk.copy.end + 8192;
  });
}

/// R18: a listed pod that has more, and that nothing kept from answering and from going itself.
void World::check_passed_over(const elected::Record& before, const Pod& writer, const Sent& sent) {
  if (!before.system_id || lease_was_touched_ || data_loss_accepted_) return;
  const bool mixed = (swarm_ >> 62 & 1) != 0;
  const bool named = !before.holder && before.successor == writer.settings.pod;
  if (sent.heard_better && !sent.deferred && !named) {
    broken(writer, "R18: one that holds more answered, and is passed over");
  }
  const bool late = weights_[static_cast<std::size_t>(Fault::peer_delayed)] > 0 ||
                    (peers_late_ && now_ - *peers_late_ < 20s);
  if (mixed || named || late || !writer.alive || writer.disk.content != Content::cluster) return;
  if (before.last.data == writer.disk.data_id) return;
  // It knew of a better one, and waited as long as it must.
  if (sent.deferred) return;
  const auto was_cut = [&](int from, int to) {
    const auto found = cut_.find({from, to});
    return found != cut_.end() && now_ - found->second < 20s;
  };
  for (const Pod& other : pods_) {
    if (other.number == writer.number || !other.fit_since || now_ - *other.fit_since < 20s ||
        !is_fit(other))
      continue;
    if (was_cut(other.number, writer.number) || was_cut(writer.number, other.number)) continue;
    const elected::Member member{.pod = other.settings.pod, .data = *other.disk.data_id};
    if (std::ranges::find(before.candidates, member) == before.candidates.end()) continue;
    if (other.disk.copy.timeline() == writer.disk.copy.timeline() &&
        other.disk.copy.end > writer.disk.copy.end + 8192) {
      broken(writer, "R18: a better candidate is passed over");
    }
  }
}

bool World::is_fit(const Pod& pod) const {
  return pod.alive && !pod.frozen && route_[static_cast<std::size_t>(pod.ordinal)] == pod.number &&
         reaches_api(pod) && hears_api(pod) && now_ >= pod.refused && now_ >= api_down_ &&
         now_ >= api_hangs_ && pod.postgres.up && pod.postgres.role == core::Role::standby &&
         pod.postgres.replayed && !pod.postgres.stopping && !pod.work && pod.disk.data_id &&
         !pod.disk.withdrawn && !pod.facts.stop;
}

/// L1, L5: a released Lease does not stay so while somebody may take it.
void World::check_standstill() {
  after(5s, [this] { check_standstill(); });
  for (Pod& pod : pods_) {
    if (!is_fit(pod)) {
      pod.fit_since.reset();
    } else if (!pod.fit_since) {
      pod.fit_since = now_;
    }
  }
  if (!store_.object() || lease_was_touched_) return;
  const elected::Record& record = store_.object()->sighting.record;
  if (record.holder || !record.system_id || record.paused || now_ - store_.object()->applied < 25s)
    return;
  for (const Pod& pod : pods_) {
    if (!pod.fit_since || now_ - *pod.fit_since < 25s) continue;
    if (record.lists({.pod = pod.settings.pod, .data = *pod.disk.data_id})) {
      broken(pod, "L1: a released Lease stays so although a listed pod could take it");
    }
  }
}

/// S12.
void World::check_sent(const Pod& pod, const action::WriteLease& write) {
  if (!write.record.holder && pod.postgres.up && pod.postgres.role == core::Role::primary) {
    broken(pod, "S12: the Lease is released while the server runs");
  }
}

/// S11.
void World::check_stop(const Pod& pod) {
  if (pod.reason != elected::Reason::demotion_due || !pod.last_applied) return;
  const bool mixed = (swarm_ >> 62 & 1) != 0;
  if (!mixed && local(pod) < *pod.last_applied + pod.settings.timing.demote) {
    broken(pod, "S11: a healthy primary is stopped before its demotion is due");
  }
}

/// S5.
void World::check_rejoin(const Pod& pod, const std::string& from) {
  // Nobody was served from an initdb that was not recorded.
  if (pod.disk.content != Content::cluster || pod.disk.marked_unfinished || !newest_) return;
  const Pod& source = at(routed(from));
  if (source.disk.content == Content::cluster && source.disk.copy.system != pod.disk.copy.system) {
    broken(pod, "S5: a copy of another cluster takes the place of this one");
  }
  const std::uint64_t ours = newest_->common(pod.disk.copy);
  for (const Pod& other : pods_) {
    if (other.number == pod.number || other.gone || other.disk.content != Content::cluster)
      continue;
    if (newest_->common(other.disk.copy) >= ours) return;
  }
  if (!data_loss_accepted_) broken(pod, "S5: the newest copy of the data is overwritten");
}

/// S13: PostgreSQL goes by numbers, the data must be the same.
void World::check_stream(const Pod& standby, const Pod& upstream) {
  if (lease_was_restored_) return;
  if (standby.disk.copy.common(upstream.disk.copy) < standby.disk.copy.end) {
    broken(standby, "S13: a standby streams from a primary that does not have its WAL");
  }
}

bool World::somebody_may_go() const {
  if (!store_.object()) return false;
  const elected::Record& record = store_.object()->sighting.record;
  if (!record.system_id) {
    // A write of before there was a cluster, that came late: who has data knows better.
    return std::ranges::none_of(route_, [&](int number) {
      const Disk& disk = pods_[static_cast<std::size_t>(number)].disk;
      return disk.content == Content::cluster && !disk.marked_unfinished;
    });
  }
  return std::ranges::any_of(route_, [&](int number) {
    const Pod& pod = pods_[static_cast<std::size_t>(number)];
    if (!pod.disk.data_id || pod.disk.content != Content::cluster) return false;
    const elected::Member own{.pod = pod.settings.pod, .data = *pod.disk.data_id};
    return pod.disk.copy.system == record.system_id->number &&
           (record.last == own || (!pod.disk.withdrawn && record.lists(own)));
  });
}

/// L1, L2, L3 in the quiet time. Where the rules let nobody go, a person has to say so (R19).
void World::check_liveness(bool last) {
  const Pod* primary = nullptr;
  for (const int number : route_) {
    const Pod& pod = at(number);
    if (pod.postgres.up && pod.postgres.writable) primary = &pod;
  }
  if (primary == nullptr) {
    const Pod* best = nullptr;
    for (const int number : route_) {
      const Pod& pod = at(number);
      if (pod.disk.content != Content::cluster || pod.disk.marked_unfinished) continue;
      if (best == nullptr || pod.disk.copy.end > best->disk.copy.end) best = &pod;
    }
    if (best == nullptr && store_.ever_initialised()) return;  // all volumes were lost
    if (last || somebody_may_go())
      broken(pods_.front(), "L1: no primary, long after the last fault");
    ++counts_.waits_for_a_person;
    if (best == nullptr) return;
    data_loss_accepted_ = true;
    at(best->number).facts.command = elected::LoseData{};
    return decide_soon(best->number);
  }
  if (!last) return;
  for (const int number : route_) {
    const Pod& pod = at(number);
    if (pod.number == primary->number || pod.postgres.streams) continue;
    if (pod.reason == elected::Reason::copy_ahead_of_cluster ||
        pod.reason == elected::Reason::foreign_cluster)
      continue;
    broken(pod, "L2: a pod does not stream, long after the last fault");
  }
  if (role_changes_in_quiet_ > 4) broken(*primary, "L3: ping-pong");
}

}  // namespace sim
