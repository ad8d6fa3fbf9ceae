#include <algorithm>

#include "core/elected/parts.hpp"

namespace core::elected {
namespace {

using namespace std::chrono_literals;
using core::action::Shutdown;

constexpr Duration promotion_budget = 60s;
constexpr std::uint32_t most_failed_starts = 3;
/// The first checkpoint after a promotion: the clients that waited for it come first.
constexpr Duration checkpoint_after = 1s;
constexpr Duration checkpoint_again = 5s;
constexpr Duration checkpoint_budget = 60s;

void enter(Draft& draft, Phase phase) {
  draft.next.holding->phase = phase;
  draft.next.holding->phase_since = draft.now();
}

/// R12: armed before any read-write start or promotion.
void arm(Draft& draft) {
  draft.next.fence = deadlines(draft).fence;
  draft.act(action::SetFence{.deadline = *draft.next.fence});
}

/// R17: the copy is the last primary's own, nobody opened since: no new timeline.
bool goes_on_directly(const Draft& draft) {
  const Holding& holding = *draft.next.holding;
  const auto& own = draft.facts.volume.position;
  if (!own || own->timeline != holding.record.timeline) return false;
  if (seeded(Bug::last_holder_by_name) && holding.previous) {
    return holding.previous->pod == draft.settings.pod;
  }
  return holding.began || holding.previous == own_member(draft);
}

Reason start_as_primary(Draft& draft, Reason why) {
  if (is_up(draft)) {
    stop_server(draft, Shutdown::fast, draft.now() + 10s);
    return Reason::starts_as_primary;
  }
  draft.next.holding->timeline = draft.facts.volume.position->timeline;
  arm(draft);
  draft.act(action::StartPrimary{});
  enter(draft, Phase::starting);
  return why;
}

Reason claim(Draft& draft) {
  if (!is_up(draft)) {
    draft.act(action::StartStandby{});
    return Reason::starts_as_standby;
  }
  if (!accepts(draft) || draft.next.stopping) return Reason::server_starting;
  Holding& holding = *draft.next.holding;
  const Timeline known = draft.facts.volume.position->timeline;
  const std::uint32_t highest =
      seeded(Bug::timeline_number_used_twice)
          ? known.number
          : std::max({holding.record.timeline, known, draft.facts.volume.claimed}).number;
  holding.timeline = Timeline{highest + 1};
  enter(draft, Phase::claiming);
  draft.wake_at(draft.now());
  return Reason::claims_timeline;
}

Reason promote(Draft& draft) {
  Holding& holding = *draft.next.holding;
  const bool written =
      holding.record.timeline >= holding.timeline && holding.record.last == own_member(draft);
  if (!written && !seeded(Bug::timeline_number_used_twice)) return Reason::claims_timeline;
  if (!is_up(draft) || draft.next.stopping) {
    enter(draft, Phase::taken);
    return Reason::restarts_in_place;
  }
  if (promise_runs(draft)) {
    draft.wake_at(draft.next.promised->until);
    return Reason::promise_runs;
  }
  arm(draft);
  std::vector<Timeline> reserve;
  const Timeline known = draft.facts.volume.position->timeline;
  for (std::uint32_t number = known.number + 1; number < holding.timeline.number; ++number)
    reserve.push_back(Timeline{number});
  draft.next.work = Work::promote;
  enter(draft, Phase::promoting);
  draft.act(action::Promote{.timeline = holding.timeline,
                            .reserve = std::move(reserve),
                            .deadline = draft.now() + promotion_budget});
  return Reason::promotes;
}

Reason promoting(Draft& draft) {
  if (draft.next.work == Work::promote) return Reason::promotion_runs;
  Holding& holding = *draft.next.holding;
  const auto& own = draft.facts.volume.position;
  if (runs_as(draft, Role::primary)) {
    if (own && own->timeline == holding.timeline) {
      holding.began = true;
      holding.checkpoint = draft.now() + checkpoint_after;
      enter(draft, Phase::open);
      draft.wake_at(draft.now());
      return Reason::serving;
    }
    stop_server(draft, Shutdown::immediate, draft.now() + 1s);
    return Reason::promoted_to_another_timeline;
  }
  // R30: after the new timeline began the taker restarts in place, before that it releases.
  if (own && own->timeline == holding.timeline) {
    holding.began = true;
    if (is_up(draft)) stop_server(draft, Shutdown::fast, draft.now() + 5s);
    if (!is_up(draft)) enter(draft, Phase::taken);
    return Reason::restarts_in_place;
  }
  draft.next.handover =
      Handover{.step = Handover::Step::stop, .successor = {}, .began = draft.now()};
  return Reason::promotion_failed_releases;
}

Reason starting(Draft& draft) {
  Holding& holding = *draft.next.holding;
  if (runs_as(draft, Role::primary) && accepts(draft) && !draft.next.stopping) {
    holding.began = true;
    holding.failed_starts = 0;
    enter(draft, Phase::open);
    draft.wake_at(draft.now());
    return Reason::serving;
  }
  if (is_up(draft)) return Reason::server_starting;
  if (++holding.failed_starts >= most_failed_starts) {
    draft.next.handover =
        Handover{.step = Handover::Step::release, .successor = {}, .began = draft.now()};
    return Reason::promotion_failed_releases;
  }
  return start_as_primary(draft, Reason::restarts_in_place);
}

/// Until its first checkpoint the new primary's pg_control names the old timeline. pg_rewind goes
/// by that before PostgreSQL 16, and finds nothing to rewind in a copy that it must. PostgreSQL's
/// own one after a promotion is spread over minutes.
void first_checkpoint(Draft& draft) {
  Memory& memory = draft.next;
  auto& due = memory.holding->checkpoint;
  if (!due) return;
  if (const auto& ended = draft.facts.finished; ended && ended->work == Work::checkpoint) {
    if (ended->ok) return due.reset();
    due = draft.now() + checkpoint_again;
  }
  if (memory.work || memory.stopping || !draft.due(*due)) return;
  memory.work = Work::checkpoint;
  draft.act(action::Checkpoint{.deadline = draft.now() + checkpoint_budget});
}

}  // namespace

Reason open_server(Draft& draft) {
  Holding& holding = *draft.next.holding;
  switch (holding.phase) {
    case Phase::taken:
      if (!holding.record.system_id || unrecorded(draft)) return decide_empty(draft);
      if (own_cluster(draft) == nullptr || !draft.facts.volume.position) {
        draft.next.handover =
            Handover{.step = Handover::Step::release, .successor = {}, .began = draft.now()};
        return Reason::holder_without_data_releases;
      }
      if (runs_as(draft, Role::primary) && draft.next.stopping) return Reason::server_starting;
      return goes_on_directly(draft) ? start_as_primary(draft, Reason::starts_as_primary)
                                     : claim(draft);
    case Phase::bootstrap: return decide_empty(draft);
    case Phase::claiming: return promote(draft);
    case Phase::promoting: return promoting(draft);
    case Phase::starting: return starting(draft);
    case Phase::open:
      if (!is_up(draft)) return hand_over(draft);
      first_checkpoint(draft);
      return Reason::serving;
    case Phase::releasing: return hand_over(draft);
  }
  return Reason::serving;
}

}  // namespace core::elected
