#include "core/elected/parts.hpp"

/// The volume of pg_wal is full. A primary hands over while its server can still be shut down; a
/// pod without room neither takes over nor starts its server. So a successor without room leaves it
/// to the next one, and nobody has to be told who has some.
namespace core::elected {
namespace {

bool goes_on(const Draft& draft) {
  return serves(draft) && !draft.next.handover;
}

}  // namespace

void see_to_room(Draft& draft) {
  Memory& memory = draft.next;
  const auto& room = draft.facts.wal_room;
  const bool lacked = memory.without_room;
  memory.without_room = room && lacks_room(*room, lacked);
  if (memory.without_room) {
    if (!lacked) {
      const bool again = lacked_lately(memory.room_lacked, draft.now());
      memory.times_without_room = again ? memory.times_without_room + 1 : 1;
    }
    memory.room_lacked = draft.now();
    memory.reserve_tried.reset();
    draft.wake_at(draft.now() + rest_without_room);
    // The holder's server recovers or is shut down: for that the reserve is there.
    if (memory.holding && has_reserve(*room)) draft.act(core::action::ReleaseReserve{});
    return;
  }
  if (!room || !goes_on(draft)) return;
  if (reserve_due(*room, memory.reserve_tried, draft.now())) {
    memory.reserve_tried = draft.now();
    draft.act(core::action::MakeReserve{.bytes = room->wanted});
  }
  if (const auto next = rest(*room)) draft.wake_at(draft.now() + *next);
}

bool has_room(Draft& draft) {
  const Memory& memory = draft.next;
  if (memory.without_room) return false;
  if (!memory.room_lacked) return true;
  return draft.due(*memory.room_lacked + rejoin::pause_after(memory.times_without_room));
}

bool gives_up_for_room(const Draft& draft) {
  return draft.next.without_room && !draft.facts.stop && goes_on(draft);
}

}  // namespace core::elected
