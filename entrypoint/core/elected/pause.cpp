#include "core/elected/parts.hpp"

namespace core::elected {

// The pause is kept in the Lease, written by the holder as everything there (R1). It takes away
// what a pod does by itself for another's role. What protects data stays: the fence, and the
// demotion of a holder that cannot renew; and so does what a person asks for. The last holder may
// go on with its copy.

bool is_paused(const Draft& draft, const Record& record) {
  if (!record.paused || seeded(Bug::pause_not_heeded)) return false;
  // A word to go on is said about the record that stood then; a newer one was written by a holder.
  const auto& resumed = draft.next.resumed;
  return !resumed || *resumed < draft.next.view.since;
}

void take_pause(Draft& draft) {
  Memory& memory = draft.next;
  const auto& command = draft.facts.command;
  const Pause* told = command ? std::get_if<Pause>(&*command) : nullptr;
  if (memory.holding) {
    if (told != nullptr) memory.pause = told->on;
    if (memory.pause == memory.holding->record.paused) memory.pause.reset();
    return;
  }
  memory.pause.reset();
  if (told == nullptr) return;
  if (!told->on) {
    memory.resumed = draft.now();
  } else {
    draft.act(action::RefuseCommand{"pause refused: only the holder of the Lease can write it"});
  }
}

bool next_paused(const Draft& draft) {
  if (draft.next.pause) return *draft.next.pause;
  // What a person wrote into the object while we hold it.
  const Record* seen = seen_record(draft);
  if (seen != nullptr && names_us(draft, *seen)) return seen->paused;
  return draft.next.holding->record.paused;
}

}  // namespace core::elected
