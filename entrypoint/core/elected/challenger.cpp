#include <algorithm>

#include "core/elected/parts.hpp"

namespace core::elected {
namespace {

using namespace std::chrono_literals;

/// After a release (R27).
constexpr Duration others_wait = 1s;
constexpr Duration any_waits = 3s;
/// How long answers about positions are waited for, and how long a better candidate is (R18).
constexpr Duration answers_wait = 1s;
constexpr Duration better_waits = 3s;
/// A pod that has just started may hold more than it says until its server has replayed its WAL:
/// so long is it waited for, and asked so often.
constexpr Duration replay_waits = 30s;
constexpr Duration replay_asks = 250ms;

/// Where the Lease is missing, other pods may have held it since this volume's pods saw it last.
/// Their numbers are on their volumes alone, and those may be gone: so many are skipped (S13, R3).
constexpr std::uint32_t unseen_changes = 8;

/// R17: this volume is the last holder's.
bool is_last_holder(const Draft& draft, const Record& record) {
  if (seeded(Bug::last_holder_by_name)) return record.last.pod == draft.settings.pod;
  return draft.facts.volume.data_id && record.last == own_member(draft);
}

std::optional<SystemId> cluster_id(const directory::Cluster* cluster) {
  return cluster == nullptr ? std::nullopt : std::optional(cluster->control.system_id);
}

bool may_be_promoted(const Draft& draft, const Record& record) {
  const Volume& volume = draft.facts.volume;
  const directory::Cluster* cluster = own_cluster(draft);
  // Who loses data knowingly may go on from a record from before there was a cluster, too.
  const bool ours =
      record.system_id ? record.system_id == cluster_id(cluster) : draft.next.lose_data;
  return cluster != nullptr && volume.locked && volume.data_id && volume.position && ours &&
         !draft.next.work;
}

bool has_final(const Draft& draft, const Record& record) {
  const auto& own = draft.facts.volume.position;
  return record.final && own && own->timeline == record.timeline && own->flushed >= *record.final;
}

/// From when on this record may be replaced by us; `listed` is known.
Instant ripe_at(const Draft& draft, const Record& record) {
  const View& view = draft.next.view;
  Duration full = std::max(draft.settings.timing.duration, record.duration);
  // The record of whoever held it last may be another one.
  if (view.restored || view.gone) full = std::max(full, view.longest);
  const bool as_released = !record.holder && !view.restored && !view.gone;
  if (view.gone && seeded(Bug::deleted_lease_is_released)) return view.since;
  if (!as_released) {
    // Nobody took over: the compare-and-swap shows it. Not so where the Lease is missing, or where
    // an older record was brought back (R5, R6).
    const bool at_once = is_last_holder(draft, record) && !view.gone && !view.restored;
    return at_once ? view.since : view.since + full;
  }
  if (record.successor == draft.settings.pod && has_final(draft, record)) return view.since;
  if (seeded(Bug::only_the_successor) && record.successor &&
      record.successor != draft.settings.pod) {
    return Instant::max();
  }
  return view.since + (has_final(draft, record) ? others_wait : any_waits);
}

bool is_ahead(const Position& one, const Position& other) {
  if (one.timeline != other.timeline) return one.timeline > other.timeline;
  return one.flushed > other.flushed;
}

/// Among equals a former holder goes, then the lowest ordinal (R18).
bool goes_first(const Draft& draft, const Record& record, const Member& other) {
  const auto own_name = draft.settings.pod;
  if ((record.last.pod == own_name) != (record.last.pod == other.pod)) {
    return record.last.pod == other.pod;
  }
  const auto parts = split_pod_name(other.pod.text);
  return parts && parts->ordinal < draft.settings.ordinal;
}

/// R28: one write, the list without the taker and with the previous holder.
Reason take_over(Draft& draft, const Record& record) {
  Record next = record;
  next.holder = draft.settings.self;
  next.last = own_member(draft);
  next.node = draft.settings.node;
  next.transitions = std::max(record.transitions, draft.facts.volume.transitions) + 1;
  next.final.reset();
  next.successor.reset();
  if (const auto& own = draft.facts.volume.position) {
    next.flushed = own->flushed;
    next.system_id = own->system_id;
    next.timeline = std::max({next.timeline, draft.facts.volume.claimed, own->timeline});
  }
  next.paused = is_paused(draft, record);
  take_off(next.candidates, next.last);
  if (record.last != next.last && record.last != Member{} &&
      !seeded(Bug::take_over_drops_the_previous_holder)) {
    add(next.candidates, record.last);
  }
  if (seeded(Bug::take_over_empties_the_list)) next.candidates.clear();
  const bool missing = draft.next.view.gone;
  const bool sent = write(draft, missing ? WriteKind::create : WriteKind::take_over,
                          std::move(next), judged(draft));
  if (sent && draft.next.challenge) draft.next.challenge->spent = true;
  return Reason::takes_over;
}

void ask(Draft& draft, const Record& record) {
  Memory& memory = draft.next;
  Challenge& challenge = *memory.challenge;
  challenge.round = ++memory.last_round;
  challenge.asked = draft.now();
  challenge.waiting = record.candidates;
  take_off(challenge.waiting, own_member(draft));
  challenge.better.reset();
  challenge.replays = false;
  if (challenge.waiting.empty()) return;
  const Instant deadline = draft.now() + answers_wait;
  draft.act(action::Ask{.round = challenge.round,
                        .whom = challenge.waiting,
                        .question = question::Where{},
                        .deadline = deadline});
}

void hear(Draft& draft, const Record& record) {
  draft.weighs = true;
  Challenge& challenge = *draft.next.challenge;
  const Position& own = *draft.facts.volume.position;
  for (const PeerAnswer& given : draft.facts.answers) {
    if (given.round != challenge.round) continue;
    const bool listed = contains(challenge.waiting, given.from);
    // A list may have two copies of one pod: the one that answers is the one that is there.
    std::erase_if(challenge.waiting,
                  [&](const Member& each) { return each.pod == given.from.pod; });
    if (!listed) continue;
    const auto* here = std::get_if<answer::Here>(&given.answer);
    if (here == nullptr || !here->position) continue;
    if (here->holds && draft.next.lose_data) draft.next.lose_data = false;
    if (!here->able || here->position->system_id != own.system_id) continue;
    if (!here->replayed) challenge.replays = true;
    const bool equal =
        here->position->timeline == own.timeline && here->position->flushed == own.flushed;
    if (is_ahead(*here->position, own) || (equal && goes_first(draft, record, given.from))) {
      challenge.better = here->position;
    }
  }
}

/// R18: asked only now, when the record has run out or was released. What is answered while a write
/// is on its way is not heard.
Reason weigh(Draft& draft, const Record& record) {
  Memory& memory = draft.next;
  if (!memory.challenge || memory.challenge->spent ||
      memory.challenge->judged != memory.view.sighting->version) {
    memory.challenge = Challenge{.judged = memory.view.sighting->version};
    ask(draft, record);
  }
  hear(draft, record);
  Challenge& challenge = *memory.challenge;
  if (!challenge.waiting.empty() && !draft.due(challenge.asked + answers_wait)) {
    return challenge.waiting.empty() ? Reason::asks_positions : Reason::waits_for_positions;
  }
  if (challenge.replays) {
    if (!challenge.replay_awaited) challenge.replay_awaited = draft.now();
    if (!draft.due(*challenge.replay_awaited + replay_waits)) {
      if (draft.due(challenge.asked + replay_asks)) ask(draft, record);
      return Reason::candidate_replays;
    }
  }
  if (!challenge.better) return take_over(draft, record);
  if (!challenge.deferred) challenge.deferred = draft.now();
  if (draft.due(*challenge.deferred + better_waits)) return take_over(draft, record);
  if (draft.due(challenge.asked + answers_wait)) ask(draft, record);
  return Reason::better_candidate_known;
}

/// Who stands on no list may still go by `failover --lose-data` (R19).
bool may_go(const Draft& draft, const Record& record) {
  if (seeded(Bug::unlisted_takes_over)) return true;
  if (draft.next.lose_data || is_last_holder(draft, record)) return true;
  return !is_withdrawn(draft) && record.lists(own_member(draft));
}

}  // namespace

void ask_anew_if_unheard(Draft& draft) {
  auto& challenge = draft.next.challenge;
  if (!challenge || draft.weighs) return;
  const bool unheard = std::ranges::any_of(draft.facts.answers, [&](const PeerAnswer& given) {
    return given.round == challenge->round;
  });
  if (unheard) challenge.reset();
}

/// Nobody knows what the Lease said, and there is none: only a person can say that this copy is to
/// be gone on with (R19).
Reason begin_anew(Draft& draft) {
  const View& view = draft.next.view;
  if (!view.gone) return Reason::lease_not_read_yet;
  if (!draft.next.lose_data || !own_cluster(draft) || !draft.facts.volume.position) {
    return Reason::nobody_may_go;
  }
  if (!draft.due(view.since + draft.settings.timing.duration)) return Reason::nobody_may_go;
  const Volume& volume = draft.facts.volume;
  Record record;
  record.system_id = volume.position->system_id;
  record.timeline = std::max(volume.claimed, volume.position->timeline);
  record.timeline.number += unseen_changes;
  record.transitions = volume.transitions + unseen_changes;
  return take_over(draft, record);
}

Reason challenge(Draft& draft) {
  Memory& memory = draft.next;
  const Record* record = seen_record(draft);
  const bool anew = record == nullptr || (memory.view.gone && memory.lose_data);
  if (anew && !(memory.request && memory.request->write)) return begin_anew(draft);
  if (memory.request && memory.request->write) return Reason::waits_for_outcome;
  if (record == nullptr) return Reason::lease_not_read_yet;
  if (memory.read_due) {
    read(draft);
    return Reason::waits_for_outcome;
  }
  if (draft.facts.stop) return Reason::following;
  if (record->damaged) return Reason::record_damaged;
  if (!may_be_promoted(draft, *record)) return Reason::own_copy_not_ready;
  if (promise_runs(draft)) {
    // What others held before it is old by its end, and what they answer meanwhile is not heard.
    memory.challenge.reset();
    draft.wake_at(memory.promised->until);
    return Reason::promise_runs;
  }
  if (memory.view.gone && !memory.view.gone_as_seen && !memory.lose_data &&
      !seeded(Bug::deleted_lease_is_released)) {
    return Reason::nobody_may_go;
  }
  if (!may_go(draft, *record)) {
    return record->holder && !is_withdrawn(draft) ? Reason::not_listed : Reason::withdrawn;
  }
  const Instant ripe = ripe_at(draft, *record);
  if (seeded(Bug::positions_from_before_expiry)) {
    if (!memory.challenge || memory.challenge->judged != memory.view.sighting->version) {
      memory.challenge = Challenge{.judged = memory.view.sighting->version};
      ask(draft, *record);
    }
    hear(draft, *record);
  }
  if (ripe != Instant::max() && !draft.due(ripe)) {
    if (!seeded(Bug::positions_from_before_expiry)) memory.challenge.reset();
    return memory.view.restored ? Reason::record_restored
           : record->holder     ? Reason::holder_in_force
                                : Reason::released_waiting_for_successor;
  }
  if (ripe == Instant::max()) return Reason::released_waiting_for_successor;
  if (!has_room(draft)) return Reason::volume_full_waits;
  const bool named = !record->holder && record->successor == draft.settings.pod &&
                     has_final(draft, *record) && !memory.view.restored;
  // The last holder holds all that there is; the named successor all that was released.
  if (named || (is_last_holder(draft, *record) && record->holder)) return take_over(draft, *record);
  if (is_paused(draft, *record) && !is_last_holder(draft, *record) && !memory.lose_data) {
    return Reason::automatic_failover_paused;
  }
  // What it cannot compare yet, it could not serve yet either: a promotion replays all first.
  if (!draft.facts.volume.replayed && !memory.lose_data &&
      !seeded(Bug::lower_bound_is_the_position)) {
    return Reason::own_wal_not_replayed;
  }
  return weigh(draft, *record);
}

}  // namespace core::elected
