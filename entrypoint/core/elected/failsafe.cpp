#include <algorithm>

#include "core/elected/parts.hpp"

namespace core::elected {
namespace {

/// Asked are the candidates of the last record known to be written, and of every write since whose
/// outcome is open, the one on its way included: any of them may be what they see (R22).
std::vector<Member> whom_to_ask(const Draft& draft) {
  const Holding& holding = *draft.next.holding;
  std::vector<Member> members = holding.record.candidates;
  for (const OpenWrite& open : draft.next.open) {
    const bool flying = draft.next.request && draft.next.request->write == open.number;
    if (flying && seeded(Bug::flying_writes_list_forgotten)) continue;
    if (!flying && seeded(Bug::open_writes_list_forgotten)) continue;
    for (const Member& member : open.record.candidates)
      add(members, member);
    for (const Member& member : open.also)
      add(members, member);
  }
  for (const Member& member : holding.withdrawn)
    take_off(members, member);
  return members;
}

/// R26: who streams within the limit may promise; who does not is asked to withdraw.
bool is_near(const Draft& draft, const Member& member) {
  const auto& own = draft.facts.volume.position;
  return std::ranges::any_of(draft.facts.standbys, [&](const StreamingStandby& standby) {
    return standby.member == member && own && standby.position.timeline == own->timeline &&
           standby.position.flushed.bytes + draft.settings.lag_limit >= own->flushed.bytes;
  });
}

void prolong(Draft& draft, Instant began) {
  Holding& holding = *draft.next.holding;
  holding.round.reset();
  // R23: a promise prolongs a fence, it never starts one.
  if (draft.now() >= deadlines(draft).fence && !seeded(Bug::promise_revives_a_passed_fence)) return;
  const Instant from = seeded(Bug::failsafe_from_the_answer) ? draft.now() : began;
  holding.counted_from = std::max(holding.counted_from, from);
}

/// Whether the round goes on.
bool take_answer(Draft& draft, const PeerAnswer& given) {
  Holding& holding = *draft.next.holding;
  if (given.round != holding.round->number && !seeded(Bug::answer_of_an_old_round)) return true;
  if (!contains(holding.round->open, given.from)) return true;
  // Of two copies of one pod that are asked, the one that is there answers both questions: what it
  // says in the other's place is not an answer (R24).
  if (given.to != given.from.data && !seeded(Bug::candidates_by_name)) return true;
  if (std::holds_alternative<answer::No>(given.answer)) {
    holding.round.reset();
    return false;
  }
  if (!std::holds_alternative<answer::Yes>(given.answer)) return true;
  if (contains(holding.round->asked_to_withdraw, given.from)) add(holding.withdrawn, given.from);
  take_off(holding.round->open, given.from);
  return true;
}

void ask(Draft& draft, std::vector<Member> members) {
  Memory& memory = draft.next;
  Holding& holding = *memory.holding;
  const Timing& timing = draft.settings.timing;
  Round round{.number = ++memory.last_round, .began = draft.now(), .open = members};
  std::vector<Member> near;
  std::vector<Member> far;
  for (Member& member : members)
    (is_near(draft, member) ? near : far).push_back(std::move(member));
  round.asked_to_withdraw = far;
  holding.round = std::move(round);
  const Instant deadline = draft.now() + timing.request;
  const std::uint32_t transitions = holding.record.transitions;
  if (!near.empty()) {
    draft.act(action::Ask{.round = memory.last_round,
                          .whom = std::move(near),
                          .question = question::Promise{.holder = draft.settings.self,
                                                        .transitions = transitions,
                                                        .duration = timing.duration},
                          .deadline = deadline});
  }
  if (!far.empty()) {
    draft.act(action::Ask{.round = memory.last_round,
                          .whom = std::move(far),
                          .question = question::Withdraw{.holder = draft.settings.self,
                                                         .transitions = transitions,
                                                         .number = memory.last_number},
                          .deadline = deadline});
  }
}

}  // namespace

void hear_promises(Draft& draft) {
  const Holding& holding = *draft.next.holding;
  for (const PeerAnswer& given : draft.facts.answers) {
    if (!holding.round || !take_answer(draft, given)) return;
    if (holding.round->open.empty()) prolong(draft, holding.round->began);
  }
}

void ask_for_promises(Draft& draft) {
  Holding& holding = *draft.next.holding;
  // Before the cluster is known to be initialised anybody with an empty volume may take over (R7),
  // and after a release was sent anybody listed: no promise covers that.
  const bool covered = holding.record.system_id && holding.phase == Phase::open &&
                       !draft.next.handover &&
                       (draft.facts.server.answers || seeded(Bug::promise_revives_a_passed_fence));
  if (!covered) return;
  const Timing& timing = draft.settings.timing;
  // A write without an answer for so long may well fail: the questions do not wait for its
  // time-out, which leaves little time before the demotion.
  const bool waits = draft.next.request && draft.next.request->write;
  if (!holding.failing && (!waits || !draft.due(draft.next.request->sent + timing.renew / 4))) {
    return;
  }
  const Instant due = holding.round
                          ? holding.round_began + timing.request
                          : std::max(holding.round_began, holding.counted_from) + timing.renew / 2;
  if (!draft.due(due)) return;
  holding.round_began = draft.now();
  std::vector<Member> members = whom_to_ask(draft);
  if (members.empty()) return prolong(draft, draft.now());
  ask(draft, std::move(members));
}

}  // namespace core::elected
