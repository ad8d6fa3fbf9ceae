#include <algorithm>
#include <utility>

#include "core/elected/parts.hpp"

namespace core::elected {
namespace {

using namespace std::chrono_literals;

/// A stream that does not come back for so long is looked into.
constexpr Duration patience = 5s;
constexpr Duration answer_wait = 2s;
constexpr std::uint32_t most_rewinds = 2;

/// All that the choice is made from. `here` is the holder's answer, with its position.
rejoin::Facts facts_of(const Draft& draft, const answer::Here& here, const Record& record) {
  const Memory& memory = draft.next;
  rejoin::Facts facts{.own = {},
                      .primary = {.major = {},
                                  .system_id = here.position->system_id,
                                  .timeline = here.position->timeline,
                                  .flushed = here.position->flushed,
                                  .history = here.history},
                      .wal = {},
                      .recorded = record.timeline,
                      .rewind_fails = memory.rewinds_failed >= most_rewinds};
  if (own_cluster(draft) == nullptr) return facts;
  const Position& own = *draft.facts.volume.position;
  facts.own = rejoin::Way{.major = {},
                          .system_id = own.system_id,
                          .timeline = own.timeline,
                          .flushed = own.flushed,
                          .history = draft.facts.volume.history};
  const auto& seen = draft.facts.wal_at_primary;
  if (seen && seen->pod == record.last.pod && memory.not_streaming &&
      seen->at >= *memory.not_streaming) {
    facts.wal = seen->wal;
    // S5: what the volume was last known to hold may be less than what it holds.
    const bool further =
        std::pair(seen->own.timeline, seen->own.flushed) > std::pair(own.timeline, own.flushed);
    if (further && seen->own.system_id == own.system_id) facts.own = seen->own;
  }
  return facts;
}

void ask(Draft& draft, const Record& record) {
  Memory& memory = draft.next;
  memory.inquiry =
      Inquiry{.round = ++memory.last_round, .asked = draft.now(), .waiting = {record.last}};
  draft.wake_at(draft.now() + answer_wait);
  draft.act(action::Ask{.round = memory.last_round,
                        .whom = memory.inquiry->waiting,
                        .question = question::Where{},
                        .deadline = draft.now() + answer_wait});
}

const answer::Here* answer_of(const Draft& draft) {
  for (const PeerAnswer& given : draft.facts.answers) {
    if (given.round != draft.next.inquiry->round) continue;
    if (const auto* here = std::get_if<answer::Here>(&given.answer)) return here;
  }
  return nullptr;
}

Reason begin(Draft& draft, const PodName& from, const rejoin::Chosen& chosen) {
  Memory& memory = draft.next;
  memory.inquiry.reset();
  memory.not_streaming.reset();
  if (chosen.choice == rejoin::Choice::rewind) {
    memory.work = Work::rewind;
    draft.act(action::Rewind{.from = from, .gives_up = chosen.past_fork});
    return Reason::rewinds;
  }
  memory.work = Work::clone;
  draft.act(action::Clone{.from = from, .gives_up = chosen.past_fork});
  return Reason::clones;
}

/// Nothing is done now: it is looked into again after a while.
Reason look_again(Draft& draft, Reason why) {
  draft.next.inquiry.reset();
  draft.next.not_streaming = draft.now();
  return why;
}

void refuse_order(Draft& draft, std::string why) {
  draft.next.inquiry.reset();
  answer_order(draft, false, std::move(why));
}

/// Where our copy ends, for an order to give it up. What a stream from the holder itself brought
/// the holder has; both positions were looked at some time ago, and ours may have been the later.
void take_stream_in(const Draft& draft, const Record& record, rejoin::Facts& facts) {
  const auto& server = draft.facts.server;
  const bool of_holder = server.streams && server.follows == record.last.pod;
  if (of_holder && facts.own->timeline == facts.primary.timeline)
    facts.own->flushed = std::min(facts.own->flushed, facts.primary.flushed);
}

}  // namespace

Reason reinit(Draft& draft, const Record& record) {
  Memory& memory = draft.next;
  if (!memory.inquiry) {
    ask(draft, record);
    return Reason::reinit_ordered;
  }
  const answer::Here* here = answer_of(draft);
  if (here == nullptr || !here->holds || !here->position) {
    if (draft.due(memory.inquiry->asked + answer_wait)) ask(draft, record);
    return Reason::reinit_ordered;
  }
  if (!draft.facts.server.streams && !draft.facts.volume.replayed) {
    refuse_order(draft,
                 "this standby still replays what is on its disk, so nobody knows yet whether the "
                 "primary has all of it: nothing was changed. Try again once it streams");
    return Reason::reinit_ordered;
  }
  rejoin::Facts facts = facts_of(draft, *here, record);
  take_stream_in(draft, record, facts);
  memory.rejoining = rejoin::Judged{.facts = facts, .chosen = rejoin::choose(facts)};
  rejoin::Chosen chosen = memory.rejoining->chosen;
  if (chosen.choice == rejoin::Choice::wait) {
    refuse_order(draft, refusal::may_be_newest(chosen.reason));
    return Reason::reinit_ordered;
  }
  memory.ordered->begun = true;
  chosen.choice = rejoin::Choice::clone;
  return begin(draft, record.last.pod, chosen);
}

Reason rejoin(Draft& draft, const Record& record) {
  Memory& memory = draft.next;
  const bool empty = own_cluster(draft) == nullptr;
  if (!empty && !draft.due(memory.not_streaming.value_or(draft.now()) + patience)) {
    return Reason::waits_for_primary;
  }
  if (!draft.due(memory.clone_failed + rejoin::pause_after(memory.clones_failed))) {
    return Reason::waits_for_primary;
  }
  if (seeded(Bug::clone_without_the_s5_check)) {
    return begin(draft, record.last.pod, {.choice = rejoin::Choice::clone, .fork = {}});
  }
  if (!memory.inquiry) {
    ask(draft, record);
    return Reason::asks_holder_for_history;
  }
  const answer::Here* here = answer_of(draft);
  if (here == nullptr || !here->holds || !here->position) {
    if (draft.due(memory.inquiry->asked + answer_wait)) ask(draft, record);
    return Reason::waits_for_primary;
  }
  if (here->position->system_id != record.system_id) return Reason::foreign_cluster;
  const rejoin::Facts facts = facts_of(draft, *here, record);
  memory.rejoining = rejoin::Judged{.facts = facts, .chosen = rejoin::choose(facts)};
  const rejoin::Chosen& chosen = memory.rejoining->chosen;
  memory.ahead = chosen.choice == rejoin::Choice::wait;
  switch (chosen.choice) {
    case rejoin::Choice::rewind:
    case rejoin::Choice::clone: return begin(draft, record.last.pod, chosen);
    case rejoin::Choice::wait: return look_again(draft, Reason::copy_ahead_of_cluster);
    case rejoin::Choice::stream: break;
  }
  return look_again(draft, Reason::waits_for_primary);
}

}  // namespace core::elected
