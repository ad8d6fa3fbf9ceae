#include <algorithm>

#include "core/elected/parts.hpp"

namespace core::elected {
namespace {

using namespace std::chrono_literals;

constexpr Duration answers_wait = 3s;
constexpr Duration ask_again = 2s;
/// The marker could not be taken off: it is tried again.
constexpr Duration finish_again = 1s;

Record first_record(const Draft& draft) {
  const Record* seen = seen_record(draft);
  Record record = seen == nullptr ? Record{} : *seen;
  record.holder = draft.settings.self;
  record.last = own_member(draft);
  record.node = draft.settings.node;
  record.transitions = std::max(record.transitions, draft.facts.volume.transitions) + 1;
  record.candidates.clear();
  record.final.reset();
  record.successor.reset();
  return record;
}

/// What is asked for before a cluster is begun.
struct Needed {
  bool all = false;  ///< an answer of everybody, not only of those who answer
  /// A peer's own finished initdb counts. The Lease that is judged may show that it does not: its
  /// identifier is not recorded, and what is written is compared with that state.
  bool unrecorded = false;
};

/// S4: a peer that holds a cluster, or knows of one, means that there is one, whatever the Lease
/// says or does not say. Nothing: everybody was asked, and nobody who answered does.
std::optional<Reason> ask_everybody(Draft& draft, Needed needed) {
  Memory& memory = draft.next;
  if (!memory.inquiry) {
    std::vector<Member> all;
    all.reserve(draft.settings.peers.size());
    for (const PodName& peer : draft.settings.peers)
      all.push_back({.pod = peer, .data = {}});
    memory.inquiry = Inquiry{.round = ++memory.last_round, .asked = draft.now(), .waiting = all};
    draft.act(action::Ask{.round = memory.last_round,
                          .whom = std::move(all),
                          .question = question::Where{},
                          .deadline = draft.now() + answers_wait});
  }
  Inquiry& inquiry = *memory.inquiry;
  for (const PeerAnswer& given : draft.facts.answers) {
    if (given.round != inquiry.round) continue;
    // Its volume may hold a cluster, so this is no answer where all have to answer.
    const bool absent = std::holds_alternative<answer::Absent>(given.answer);
    if (absent && needed.all) continue;
    const auto* here = std::get_if<answer::Here>(&given.answer);
    if (here != nullptr ? here->position.has_value() : needed.unrecorded && !absent)
      inquiry.found = true;
    std::erase_if(inquiry.waiting, [&](const Member& each) { return each.pod == given.from.pod; });
  }
  if (inquiry.found) {
    if (draft.due(inquiry.asked + ask_again)) {
      memory.inquiry.reset();
      draft.wake_at(draft.now() + ask_again);
    }
    return Reason::peer_holds_cluster;
  }
  const bool all = inquiry.waiting.empty();
  if (!all && !draft.due(inquiry.asked + answers_wait)) {
    return memory.unanswered ? Reason::nobody_may_go : Reason::asks_peers_for_a_cluster;
  }
  memory.inquiry.reset();
  memory.unanswered = needed.all && !all;
  if (!memory.unanswered) return std::nullopt;
  draft.wake_at(draft.now());
  return Reason::nobody_may_go;
}

/// R7: until the system identifier is in the record, any pod with an empty volume may take over.
Reason take_over_unfinished(Draft& draft, const Record& record) {
  const View& view = draft.next.view;
  // Its identifier was seen, and is no longer there: a record from the past (R6).
  if (draft.facts.volume.claimed > Timeline{}) return Reason::nobody_may_go;
  const bool released = !record.holder && !view.restored && !view.gone;
  const Duration full = std::max(draft.settings.timing.duration, record.duration);
  if (!released && !draft.due(view.since + full)) return Reason::holder_in_force;
  // R5: the identifier may have been written after what was seen, and before the Lease was deleted.
  // Then its writer has data, or somebody saw it: all have to say that they know of none.
  const bool blind = view.gone && !view.gone_as_seen;
  const bool own = unrecorded(draft);
  if (const auto reason = ask_everybody(draft, {.all = blind, .unrecorded = blind && !own})) {
    return *reason;
  }
  write(draft, view.gone ? WriteKind::create : WriteKind::take_over, first_record(draft),
        judged(draft));
  return Reason::takes_over;
}

Reason as_holder(Draft& draft) {
  Memory& memory = draft.next;
  Holding& holding = *memory.holding;
  if (memory.work == Work::bootstrap) return Reason::initdb;
  if (unrecorded(draft)) {
    // The identifier is in the record before the first client is let in.
    holding.began = true;
    holding.timeline = draft.facts.volume.position->timeline;
    holding.phase = Phase::bootstrap;
    if (holding.record.system_id) {
      holding.phase = Phase::taken;
      draft.act(action::FinishBootstrap{});
      draft.wake_at(draft.now() + finish_again);
    } else if (!memory.request) {
      write(draft, WriteKind::renew, next_record(draft), judged(draft));
    }
    return Reason::initdb;
  }
  if (own_cluster(draft) != nullptr) {
    // A write of ours from before we had these data came to be applied: nothing was begun here.
    memory.handover = Handover{.step = Handover::Step::stop, .successor = {}, .began = draft.now()};
    return Reason::bootstrap_failed_releases;
  }
  if (holding.phase == Phase::bootstrap) {
    memory.handover =
        Handover{.step = Handover::Step::release, .successor = {}, .began = draft.now()};
    return Reason::bootstrap_failed_releases;
  }
  holding.phase = Phase::bootstrap;
  holding.phase_since = draft.now();
  memory.work = Work::bootstrap;
  draft.act(action::Bootstrap{});
  return Reason::initdb;
}

}  // namespace

bool unrecorded(const Draft& draft) {
  const Volume& volume = draft.facts.volume;
  return std::holds_alternative<directory::Unfinished>(volume.content) && volume.data_id &&
         volume.position;
}

Reason decide_empty(Draft& draft) {
  Memory& memory = draft.next;
  if (memory.holding) return as_holder(draft);
  const Record* record = seen_record(draft);
  if (memory.request && memory.request->write) return Reason::waits_for_outcome;
  if (memory.read_due || !memory.view.asked) return Reason::lease_not_read_yet;
  if (record == nullptr) {
    if (draft.facts.volume.claimed > Timeline{}) return Reason::nobody_may_go;
    // A volume that saw a record before may have missed the one with the identifier.
    const bool blind = draft.facts.volume.transitions > 0;
    if (blind && !draft.due(memory.view.since + draft.settings.timing.duration)) {
      return Reason::nobody_may_go;
    }
    const bool own = unrecorded(draft);
    if (const auto reason = ask_everybody(draft, {.all = blind, .unrecorded = !own})) {
      return *reason;
    }
    write(draft, WriteKind::create, first_record(draft), std::nullopt);
    return Reason::creates_lease;
  }
  if (record->damaged) return Reason::record_damaged;
  if (!record->system_id) return take_over_unfinished(draft, *record);
  if (unrecorded(draft) && record->system_id == draft.facts.volume.position->system_id) {
    // It was recorded, and this process did not live to know it.
    draft.act(action::FinishBootstrap{});
    draft.wake_at(draft.now() + finish_again);
    return Reason::initdb;
  }
  if (!record->holder || record->last.pod == draft.settings.pod) {
    memory.inquiry.reset();
    return Reason::waits_for_primary;
  }
  return rejoin(draft, *record);
}

}  // namespace core::elected
