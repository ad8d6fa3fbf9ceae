#include <algorithm>

#include "core/elected/parts.hpp"

namespace core::elected {
namespace {

/// While the API is away a holder makes attempts for hours: older ones are put together. Which of
/// them was applied can then no longer be proved, which is on the safe side; whom they list and
/// their durations still count.
constexpr std::size_t most_open_writes = 8;
/// The adapter ends a request by its deadline; this is for an adapter that does not.
constexpr Duration grace = std::chrono::milliseconds(500);

OpenWrite* find(Memory& memory, std::uint64_t number) {
  const auto found = std::ranges::find(memory.open, number, &OpenWrite::number);
  return found == memory.open.end() ? nullptr : &*found;
}

void put_oldest_together(std::vector<OpenWrite>& open) {
  if (open.size() <= most_open_writes) return;
  OpenWrite& kept = open[1];
  for (const Member& member : open[0].record.candidates)
    add(kept.also, member);
  for (const Member& member : open[0].also)
    add(kept.also, member);
  kept.shortest = std::min(kept.shortest, open[0].shortest);
  open.erase(open.begin());
}

void begin_holding(Draft& draft, const OpenWrite& applied) {
  Holding holding{.record = applied.record, .since = draft.now(), .phase_since = draft.now()};
  holding.previous = applied.previous;
  holding.last_write = applied.sent;
  draft.next.holding = std::move(holding);
  draft.next.challenge.reset();
  draft.next.inquiry.reset();
  draft.next.lose_data = false;
  draft.next.resumed.reset();
}

/// This write was applied: all that counts, counts from its send time.
void confirm(Draft& draft, const OpenWrite& applied) {
  Memory& memory = draft.next;
  // What it replaced is gone, so none of the others can be applied any more: they were compared
  // with that, or with something older.
  std::erase_if(memory.open, [&](const OpenWrite& each) {
    return !memory.request || memory.request->write != each.number;
  });
  if (applied.kind == WriteKind::release) {
    memory.holding.reset();
    memory.handover.reset();
    memory.released = draft.now();
    return;
  }
  if (!memory.holding) begin_holding(draft, applied);
  Holding& holding = *memory.holding;
  const Instant from = seeded(Bug::fence_from_receive_time) ? draft.now() : applied.sent;
  holding.record = applied.record;
  holding.counted_from = std::max(holding.counted_from, from);
  holding.failing = false;
  holding.round.reset();
  if (holding.phase == Phase::releasing) {
    holding.phase = Phase::taken;
    holding.phase_since = draft.now();
  }
}

std::optional<Member> previous_holder(const Draft& draft) {
  const Record* judged_record = seen_record(draft);
  if (draft.next.holding || judged_record == nullptr) return std::nullopt;
  return judged_record->last;
}

void failed(Memory& memory) {
  if (memory.holding) memory.holding->failing = true;
}

}  // namespace

std::optional<Base> judged(const Draft& draft) {
  const View& view = draft.next.view;
  if (view.gone || !view.sighting) return std::nullopt;
  return Base{.version = view.sighting->version, .uid = view.sighting->uid};
}

bool write(Draft& draft, WriteKind kind, Record record, std::optional<Base> base) {
  Memory& memory = draft.next;
  if (memory.request) return false;
  if (memory.retry && !draft.due(*memory.retry)) return false;
  record.write = {.writer = draft.settings.self, .number = ++memory.last_number};
  record.duration = draft.settings.timing.duration;
  if (base && seeded(Bug::write_without_uid)) base->uid.text.clear();
  if (base && kind == WriteKind::take_over && seeded(Bug::fresher_version_at_take_over)) {
    base->version.text = "the newest";
  }
  const Instant deadline = draft.now() + draft.settings.timing.request;
  memory.open.push_back({.number = memory.last_number,
                         .kind = kind,
                         .sent = draft.now(),
                         .deadline = deadline,
                         .base = base,
                         .record = record,
                         .also = {},
                         .shortest = record.duration,
                         .previous = previous_holder(draft)});
  put_oldest_together(memory.open);
  memory.request = Request{.write = memory.last_number, .sent = draft.now(), .deadline = deadline};
  if (memory.holding) {
    memory.holding->last_write = draft.now();
    // Listed again: from this number on its withdrawal may end, so it has to be asked again.
    for (const Member& listed : record.candidates) {
      take_off(memory.holding->withdrawn, listed);
      // Nor does a yes that is on its way count: it was given to an older number.
      const auto& round = memory.holding->round;
      if (round && contains(round->asked_to_withdraw, listed)) memory.holding->round.reset();
    }
  }
  draft.wake_at(deadline + grace);
  draft.act(action::WriteLease{
      .base = std::move(base), .record = std::move(record), .deadline = deadline});
  return true;
}

void read(Draft& draft) {
  Memory& memory = draft.next;
  if (memory.request) return;
  if (memory.retry && !draft.due(*memory.retry)) return;
  const Instant deadline = draft.now() + draft.settings.timing.request;
  memory.request = Request{.write = std::nullopt, .sent = draft.now(), .deadline = deadline};
  draft.wake_at(deadline + grace);
  draft.act(action::ReadLease{.deadline = deadline});
}

void take_outcome(Draft& draft, const WriteEnded& ended) {
  Memory& memory = draft.next;
  if (memory.request && memory.request->write == ended.number) memory.request.reset();
  OpenWrite* open = find(memory, ended.number);
  if (open == nullptr) return;
  switch (ended.outcome) {
    case Outcome::done: {
      const OpenWrite applied = *open;
      confirm(draft, applied);
      memory.view.asked = true;
      memory.view.sighting = Sighting{
          .record = applied.record, .version = ended.written->version, .uid = ended.written->uid};
      memory.view.since = ended.at;
      memory.view.gone = false;
      memory.view.gone_as_seen = false;
      memory.view.restored = false;
      remember(draft, applied.record);
      return;
    }
    case Outcome::refused:
      std::erase_if(memory.open,
                    [&](const OpenWrite& each) { return each.number == ended.number; });
      memory.retry = draft.now() + draft.settings.timing.renew / 2;
      return failed(memory);
    case Outcome::conflict:
    case Outcome::unknown: memory.read_due = true; return failed(memory);
  }
}

void settle(Draft& draft, const LeaseSeen& seen) {
  Memory& memory = draft.next;
  if (seen.sighting && seen.sighting->record.write.writer == draft.settings.self) {
    if (OpenWrite* open = find(memory, seen.sighting->record.write.number)) {
      const OpenWrite applied = *open;
      std::erase_if(memory.open,
                    [&](const OpenWrite& each) { return each.number == applied.number; });
      confirm(draft, applied);
    }
  }
  // A write that waits for a state which is no longer there is never applied.
  std::erase_if(memory.open, [&](const OpenWrite& each) {
    if (each.sent > seen.asked) return false;
    if (!each.base) return seen.sighting.has_value();
    return !seen.sighting || each.base->version != seen.sighting->version ||
           each.base->uid != seen.sighting->uid;
  });
}

void give_up_overdue(Draft& draft) {
  Memory& memory = draft.next;
  if (!memory.request) return;
  if (draft.now() < memory.request->deadline + grace)
    return draft.wake_at(memory.request->deadline + grace);
  if (memory.request->write) failed(memory);
  memory.read_due = true;
  memory.request.reset();
}

bool takeover_open(const Memory& memory) {
  return std::ranges::any_of(memory.open, [](const OpenWrite& each) {
    return each.kind == WriteKind::take_over || each.kind == WriteKind::create;
  });
}

}  // namespace core::elected
