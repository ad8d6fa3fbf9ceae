#include <algorithm>

#include "core/elected/parts.hpp"

namespace core::elected {
namespace {

/// R3, and the same for two writes of one holder: what `seen` says is older than `known`.
bool is_older(const Record& seen, const Record& known) {
  if (seen.transitions != known.transitions) return seen.transitions < known.transitions;
  return seen.write.writer == known.write.writer && seen.write.number < known.write.number;
}

std::uint32_t highest_transitions(const Draft& draft) {
  const View& view = draft.next.view;
  const std::uint32_t seen = view.sighting ? view.sighting->record.transitions : 0;
  return std::max(draft.facts.volume.transitions, seen);
}

/// R5. Who has only a stale view of the object must not make it anew: nothing compares its
/// judgement with the last state, and a holder that is cut off asks only whom that one lists.
void see_missing(View& view, const LeaseSeen& seen) {
  // Asked before the object was seen: it had not been made then.
  const bool known = view.sighting && !view.gone;
  if (known && seen.source == Source::quorum && seen.asked < view.since) return;
  if (!view.gone) view.since = seen.at;
  view.gone = true;
  if (!seen.deleted) return;
  const bool older = view.sighting && is_older(seen.deleted->record, view.sighting->record);
  if (older) return;
  // What was missing before was another absence than this one.
  if (!view.gone_as_seen) view.since = seen.at;
  view.sighting = seen.deleted;
  view.gone_as_seen = true;
}

void see(Draft& draft, const LeaseSeen& seen) {
  View& view = draft.next.view;
  view.asked = true;
  if (!seen.sighting) return see_missing(view, seen);
  const Sighting& sighting = *seen.sighting;
  if (seeded(Bug::read_extends_the_fence) && draft.next.holding &&
      sighting.record.holder == draft.settings.self) {
    draft.next.holding->counted_from = draft.now();
  }
  if (view.sighting && !view.gone && sighting.version == view.sighting->version &&
      sighting.uid == view.sighting->uid) {
    return;
  }
  bool restored = sighting.record.transitions < highest_transitions(draft);
  if (view.sighting && is_older(sighting.record, view.sighting->record)) {
    // An answer from before what we know is old. A quorum read that was asked since then is not: it
    // shows the present, so the past was brought back (R6).
    const bool present = seen.source == Source::quorum && seen.asked >= view.since;
    if (!present) {
      // A cache that goes on showing it may be right: a quorum read tells.
      if (!draft.next.holding && seen.source == Source::cached) draft.next.read_due = true;
      return;
    }
    restored = true;
  }
  view.sighting = sighting;
  view.since = seen.at;
  view.gone = false;
  view.gone_as_seen = false;
  view.longest = std::max(view.longest, sighting.record.duration);
  view.restored = restored && !seeded(Bug::restored_record_gone_on_with);
  remember(draft, sighting.record);
}

}  // namespace

void take_notice(Draft& draft) {
  if (!draft.next.began) draft.next.began = draft.now();
  give_up_overdue(draft);
  for (const WriteEnded& ended : draft.facts.writes_ended)
    take_outcome(draft, ended);
  for (const LeaseSeen& seen : draft.facts.seen) {
    if (seen.source == Source::quorum) {
      if (draft.next.request && !draft.next.request->write) draft.next.request.reset();
      draft.next.read_due = false;
      settle(draft, seen);
    }
    see(draft, seen);
  }
  if (draft.facts.reads_failed.empty()) return;
  if (draft.next.request && !draft.next.request->write) draft.next.request.reset();
  draft.next.read_due = true;
  draft.next.retry = draft.now() + draft.settings.timing.renew / 4;
}

void remember(Draft& draft, const Record& record) {
  const Volume& volume = draft.facts.volume;
  if (record.transitions <= volume.transitions && record.timeline <= volume.claimed) return;
  draft.act(action::Remember{.transitions = record.transitions, .claimed = record.timeline});
}

const Record* seen_record(const Draft& draft) {
  return draft.next.view.sighting ? &draft.next.view.sighting->record : nullptr;
}

bool names_us(const Draft& draft, const Record& record) {
  return record.holder == draft.settings.self;
}

}  // namespace core::elected
