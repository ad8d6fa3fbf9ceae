#include "core/order.hpp"

#include <algorithm>

#include "core/elected/parts.hpp"

/// What an operator orders of this pod's own server: a restart in place, a new clone.
namespace core::elected {
namespace {

using namespace std::chrono_literals;
using core::action::AnswerOrder;

/// The holder's answer, asked for a reinit.
constexpr Duration patience = 10s;
/// A server that is not back by then is looked for in the log.
constexpr Duration restart_budget = 10min;

std::optional<std::string> keeps_primary_up(const Draft& draft) {
  const Memory& memory = draft.next;
  if (memory.handover || memory.holding->phase != Phase::open)
    return "a change of the primary runs: wait for its end, `pgordinal status` shows it";
  if (!runs_as(draft, Role::primary) || !accepts(draft)) return refusal::starting;
  // R11: while the server is down nothing but renewals keeps the Lease.
  if (memory.holding->failing || !draft.facts.fence.beats)
    return "the Lease cannot be renewed now, so a restart could cost this pod its role: wait until "
           "the Kubernetes API answers again";
  return std::nullopt;
}

std::optional<std::string> keeps_copy(const Draft& draft) {
  const Memory& memory = draft.next;
  if (memory.holding)
    return draft.settings.pod.text +
           " is the primary: its data are what the others clone. Name a standby";
  const Record* record = seen_record(draft);
  if (record == nullptr || !record->holder || record->last.pod == draft.settings.pod)
    return "nobody holds the Lease now, so there is no primary to clone: nothing was changed";
  return std::nullopt;
}

std::optional<std::string> why_not(const Draft& draft, Order order) {
  const Memory& memory = draft.next;
  if (draft.facts.stop) return refusal::stopping;
  if (memory.ordered) return refusal::other_order;
  const bool checkpoint = order == Order::restart && memory.work == Work::checkpoint;
  if (memory.work && !checkpoint)
    return "a clone, a rewind, an initialisation or a promotion runs: wait for its end, `pgordinal "
           "status` shows it";
  if (!is_up(draft) || memory.stopping) return refusal::not_running;
  if (order == Order::reinit) return keeps_copy(draft);
  if (memory.holding) return keeps_primary_up(draft);
  if (!runs_as(draft, Role::standby) || !accepts(draft)) return refusal::starting;
  return std::nullopt;
}

void follow_restart(Draft& draft, const Ordered& ordered) {
  if (!is_up(draft)) draft.next.ordered->ended = true;
  const bool holds = draft.next.holding.has_value();
  if (ordered.of_primary && !holds)
    return answer_order(
        draft, false,
        "this pod lost the Lease while PostgreSQL was restarted: another pod may be the "
        "primary now. `pgordinal status` shows who, and this pod's log says why");
  if (draft.next.ordered->ended && accepts(draft) && !draft.next.stopping) {
    const bool back = ordered.of_primary ? runs_as(draft, Role::primary) &&
                                               draft.next.holding->phase == Phase::open
                                         : runs_as(draft, Role::standby);
    if (back)
      return answer_order(draft, true,
                          "PostgreSQL was restarted; " + draft.settings.pod.text + " is " +
                              (ordered.of_primary ? "still the primary" : "a standby as before"));
  }
  if (draft.due(ordered.since + restart_budget))
    answer_order(draft, false, "PostgreSQL is not ready after 10 min: the pod's log says why");
}

void follow_reinit(Draft& draft, const Ordered& ordered) {
  if (const auto& ended = draft.facts.finished; ended && ended->work == Work::clone) {
    draft.next.ordered->ended = true;
    draft.next.ordered->failure = ended->ok ? "" : "see this pod's log";
  }
  if (!ordered.begun) {
    if (draft.due(ordered.since + patience))
      answer_order(
          draft, false,
          "the primary did not answer where its copy stands: nothing was changed. Try again "
          "once `pgordinal status` shows that it does");
    return;
  }
  if (!draft.next.ordered->ended || draft.next.work || !runs_as(draft, Role::standby) ||
      !accepts(draft))
    return;
  const bool cloned = draft.next.ordered->failure.empty();
  answer_order(draft, cloned,
               cloned
                   ? "the primary was cloned anew, and PostgreSQL serves that copy"
                   : "the clone failed, and what is here is served again; this pod's log says why. "
                     "Try again once that is mended");
}

}  // namespace

void answer_order(Draft& draft, bool done, std::string text) {
  draft.next.ordered.reset();
  draft.act(AnswerOrder{.done = done, .text = std::move(text)});
}

void take_order(Draft& draft) {
  if (!draft.facts.command) return;
  const auto* order = std::get_if<Order>(&*draft.facts.command);
  if (order == nullptr) return;
  Memory& memory = draft.next;
  if (auto why = why_not(draft, *order)) {
    draft.act(AnswerOrder{.done = false, .text = *std::move(why)});
    return;
  }
  memory.ordered =
      Ordered{.what = *order, .since = draft.now(), .of_primary = memory.holding.has_value()};
  // R18: asked from now on, not before.
  if (*order == Order::reinit) memory.inquiry.reset();
  if (memory.holding) restart_primary(draft);
}

bool is_ordered(const Draft& draft, Order order) {
  const auto& ordered = draft.next.ordered;
  return ordered && ordered->what == order && !ordered->begun && !ordered->ended;
}

void follow_order(Draft& draft) {
  if (!draft.next.ordered) return;
  const Ordered ordered = *draft.next.ordered;
  switch (ordered.what) {
    case Order::restart: return follow_restart(draft, ordered);
    case Order::reinit: return follow_reinit(draft, ordered);
  }
}

}  // namespace core::elected
