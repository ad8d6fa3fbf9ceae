#include <algorithm>

#include "core/parts.hpp"

namespace core {

bool reloads(const Decision& decision) {
  return std::ranges::any_of(decision.actions, [](const Action& action) {
    return std::holds_alternative<action::Reload>(action);
  });
}

namespace {

Reason reason_of(Order order) {
  return order == Order::restart ? Reason::restart_ordered : Reason::reinit_ordered;
}

}  // namespace

Decision decide(const Settings& settings, const Memory& memory, const Snapshot& snapshot) {
  Draft draft{.settings = settings, .facts = snapshot, .next = memory};
  if (snapshot.finished) draft.next.long_action.reset();

  const auto* ended = std::get_if<server::Ended>(&snapshot.server);
  const auto* running = std::get_if<server::Running>(&snapshot.server);
  using Replacing = Memory::Replacing;
  if (running != nullptr && memory.replacing == Replacing::cloning) draft.next.replacing.reset();
  follow_order(draft);
  const bool ordered = take_order(draft);
  const auto replacing = draft.next.replacing;
  const bool to_end = replacing == Replacing::stopping || replacing == Replacing::restarting;
  const bool leaves = snapshot.stop && to_end;
  const bool goes_on = ended != nullptr && ended_without_room(draft, *ended);
  const bool over = ended != nullptr && !goes_on && (!memory.replacing || memory.refusal || leaves);
  if (over && !draft.next.long_action) return decide_end(std::move(draft), *ended);
  const bool for_room = memory.no_room && memory.stopping;
  const bool stops = running != nullptr && (to_end || for_room);
  // A promotion whose server is gone has nothing left to wait for.
  if (snapshot.stop || memory.refusal || over || stops) {
    Decision decision = decide_stop(std::move(draft));
    if (ordered) decision.reason = reason_of(snapshot.order->what);
    return decision;
  }
  if (memory.replacing == Replacing::stopping) return replace_copy(std::move(draft));
  if (memory.replacing == Replacing::restarting) {
    draft.next.replacing.reset();
    draft.next.stopping.reset();
    return decide_start(std::move(draft));
  }
  if (snapshot.finished) return decide_finished(std::move(draft), *snapshot.finished);
  // Not under a long action: it works with the settings that it began with.
  if (snapshot.reload && !draft.next.long_action) {
    draft.next.passwords_looked.reset();
    return draft.result(Reason::reload_asked, {action::Reload{}}, snapshot.now);
  }
  if (running != nullptr) return decide_running(std::move(draft), *running);
  if (draft.next.long_action) return draft.result(Reason::long_action_runs);
  return decide_start(std::move(draft));
}

Decision begin(Draft draft, Reason reason, LongKind kind, Action deed) {
  draft.next.long_action = Memory::LongAction{.kind = kind, .started = draft.facts.now};
  return draft.result(reason, {std::move(deed)});
}

Decision refuse(Draft draft, Reason reason, std::string message) {
  return draft.result(reason, {action::Exit{.code = 1, .message = std::move(message)}});
}

}  // namespace core
