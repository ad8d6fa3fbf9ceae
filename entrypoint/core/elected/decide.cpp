#include "core/elected/decision.hpp"
#include "core/elected/parts.hpp"

namespace core::elected {
namespace {

/// What the facts say about work and stops that were begun.
void take_ends(Draft& draft) {
  Memory& memory = draft.next;
  if (draft.facts.finished) {
    const WorkEnded& ended = *draft.facts.finished;
    if (memory.work == ended.work) memory.work.reset();
    if (ended.work == Work::rewind && !ended.ok) ++memory.rewinds_failed;
    if (ended.work == Work::clone && ended.ok) memory.rewinds_failed = memory.clones_failed = 0;
    if (ended.work == Work::clone && !ended.ok) {
      ++memory.clones_failed;
      memory.clone_failed = draft.now();
    }
  }
  if (!is_up(draft)) memory.stopping.reset();
}

}  // namespace

Decision decide(const Settings& settings, Memory memory, const Facts& facts) {
  Draft draft{.settings = settings, .facts = facts, .next = std::move(memory)};
  take_ends(draft);
  take_notice(draft);
  take_pause(draft);
  see_to_room(draft);
  answer_questions(draft);
  take_order(draft);
  const Reason reason = draft.next.holding ? decide_holder(draft) : decide_standby(draft);
  ask_anew_if_unheard(draft);
  follow_order(draft);
  move_fence(draft);
  label(draft);
  return Decision{.reason = reason,
                  .actions = std::move(draft.actions),
                  .next = std::move(draft.next),
                  .wake = draft.wake};
}

}  // namespace core::elected
