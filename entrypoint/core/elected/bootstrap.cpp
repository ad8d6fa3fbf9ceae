#include <algorithm>

#include "core/elected/parts.hpp"

namespace core::elected {
namespace {

using namespace std::chrono_literals;

constexpr Duration answers_wait = 3s;
constexpr Duration ask_again = 2s;

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

/// S4: a peer that holds a cluster means that there is one, whatever the Lease says or does not
/// say. Nothing: everybody was asked, and nobody who answered holds one.
std::optional<Reason> ask_everybody(Draft& draft) {
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
    const auto* here = std::get_if<answer::Here>(&given.answer);
    if (here != nullptr && here->position) inquiry.found = true;
    std::erase_if(inquiry.waiting, [&](const Member& each) { return each.pod == given.from.pod; });
  }
  if (inquiry.found) {
    if (draft.due(inquiry.asked + ask_again)) {
      memory.inquiry.reset();
      draft.wake_at(draft.now() + ask_again);
    }
    return Reason::peer_holds_cluster;
  }
  if (!inquiry.waiting.empty() && !draft.due(inquiry.asked + answers_wait)) {
    return Reason::asks_peers_for_a_cluster;
  }
  memory.inquiry.reset();
  return std::nullopt;
}

/// R7: until the system identifier is in the record, any pod with an empty volume may take over.
Reason take_over_unfinished(Draft& draft, const Record& record) {
  const View& view = draft.next.view;
  // R5: the identifier may have been written after what was seen, and before the Lease was deleted.
  if (view.gone && !view.gone_as_seen) return Reason::nobody_may_go;
  const bool released = !record.holder && !view.restored && !view.gone;
  const Duration full = std::max(draft.settings.timing.duration, record.duration);
  if (!released && !draft.due(view.since + full)) return Reason::holder_in_force;
  if (const auto reason = ask_everybody(draft)) return *reason;
  write(draft, view.gone ? WriteKind::create : WriteKind::take_over, first_record(draft),
        judged(draft));
  return Reason::takes_over;
}

Reason as_holder(Draft& draft) {
  Memory& memory = draft.next;
  Holding& holding = *memory.holding;
  if (memory.work == Work::bootstrap) return Reason::initdb;
  if (own_cluster(draft) != nullptr && draft.facts.volume.position) {
    // The identifier is in the record before the first client is let in.
    holding.began = true;
    holding.timeline = draft.facts.volume.position->timeline;
    const bool written = holding.record.system_id.has_value();
    holding.phase = written ? Phase::taken : Phase::bootstrap;
    if (!written && !memory.request) {
      holding.phase = Phase::bootstrap;
      write(draft, WriteKind::renew, next_record(draft), judged(draft));
    }
    if (written) draft.wake_at(draft.now());
    return Reason::initdb;
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

Reason decide_empty(Draft& draft) {
  Memory& memory = draft.next;
  if (memory.holding) return as_holder(draft);
  const Record* record = seen_record(draft);
  if (memory.request && memory.request->write) return Reason::waits_for_outcome;
  if (memory.read_due || !memory.view.asked) return Reason::lease_not_read_yet;
  if (record == nullptr) {
    // A volume that saw a record before knows that there was a cluster.
    if (draft.facts.volume.transitions > 0) return Reason::nobody_may_go;
    if (const auto reason = ask_everybody(draft)) return *reason;
    write(draft, WriteKind::create, first_record(draft), std::nullopt);
    return Reason::creates_lease;
  }
  if (record->damaged) return Reason::record_damaged;
  if (!record->system_id) return take_over_unfinished(draft, *record);
  if (!record->holder || record->last.pod == draft.settings.pod) {
    memory.inquiry.reset();
    return Reason::waits_for_primary;
  }
  return rejoin(draft, *record);
}

}  // namespace core::elected
