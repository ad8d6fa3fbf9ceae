#include <algorithm>

#include "core/elected/parts.hpp"

namespace core::elected {
namespace {

using namespace std::chrono_literals;

/// A stream that does not come back for so long is looked into.
constexpr Duration patience = 5s;
constexpr Duration answer_wait = 2s;
constexpr std::uint32_t most_rewinds = 2;

/// How our copy stands to the holder's (S5).
enum class Relation : std::uint8_t { streams, diverged, ahead };

struct Comparison {
  Relation relation = Relation::streams;
  std::uint64_t past_fork = 0;  ///< bytes of our WAL that the holder does not have
};

/// By history, not by number alone: our timeline's end in the holder's history tells whether our
/// copy is behind it.
Comparison compare(const Position& own, const answer::Here& holder, const Record& record) {
  const auto fork = std::ranges::find(holder.history, own.timeline, &Fork::timeline);
  if (fork != holder.history.end()) {
    if (own.flushed <= fork->at) return {};
    return {.relation = Relation::diverged, .past_fork = own.flushed.bytes - fork->at.bytes};
  }
  if (own.timeline == holder.position->timeline) {
    if (own.flushed <= holder.position->flushed) return {};
    return {.relation = Relation::ahead};
  }
  // A timeline that the holder never heard of, and that a recorded take-over went past: its taker
  // claimed the number, and died (R34). Any other is ahead of what the cluster knows.
  const bool passed =
      own.timeline < holder.position->timeline && holder.position->timeline <= record.timeline;
  return {.relation = passed ? Relation::diverged : Relation::ahead};
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

Reason begin(Draft& draft, const PodName& from, std::uint64_t gives_up) {
  Memory& memory = draft.next;
  memory.inquiry.reset();
  memory.not_streaming.reset();
  const bool clones = own_cluster(draft) == nullptr || memory.rewinds_failed >= most_rewinds;
  memory.work = clones ? Work::clone : Work::rewind;
  if (clones) {
    draft.act(action::Clone{.from = from, .gives_up = gives_up});
  } else {
    draft.act(action::Rewind{.from = from, .gives_up = gives_up});
  }
  return clones ? Reason::clones : Reason::rewinds;
}

}  // namespace

Reason rejoin(Draft& draft, const Record& record) {
  Memory& memory = draft.next;
  const bool empty = own_cluster(draft) == nullptr;
  if (!empty && !draft.due(memory.not_streaming.value_or(draft.now()) + patience)) {
    return Reason::waits_for_primary;
  }
  if (seeded(Bug::clone_without_the_s5_check)) {
    memory.rewinds_failed = most_rewinds;
    return begin(draft, record.last.pod, 0);
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
  if (empty) return begin(draft, record.last.pod, 0);
  const Comparison compared = compare(*draft.facts.volume.position, *here, record);
  memory.ahead = compared.relation == Relation::ahead;
  if (memory.ahead) {
    memory.inquiry.reset();
    memory.not_streaming = draft.now();
    return Reason::copy_ahead_of_cluster;
  }
  if (compared.relation == Relation::diverged) {
    return begin(draft, record.last.pod, compared.past_fork);
  }
  // It could stream: WAL that it needs may be gone from the holder.
  draft.next.inquiry.reset();
  draft.next.not_streaming = draft.now();
  return Reason::waits_for_primary;
}

}  // namespace core::elected
