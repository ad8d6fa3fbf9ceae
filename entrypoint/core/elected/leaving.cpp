#include "core/elected/parts.hpp"

namespace core::elected {
namespace {

/// kube-proxy follows a change of labels within a second. Until then Services lead clients to this
/// pod, where a connection is refused at once as long as the pod is there, and afterwards hangs.
constexpr Duration lingering = std::chrono::milliseconds(1500);

}  // namespace

using core::action::Shutdown;

/// Asked to stop, and not the holder. R26: withdraws first, so that it is never asked for a promise
/// that it cannot keep, and never takes over with what it had when it left.
Reason leave(Draft& draft) {
  const Record* record = seen_record(draft);
  if (!is_up(draft)) {
    const auto& released = draft.next.released;
    if (released && !draft.due(*released + lingering)) return Reason::leaves;
    draft.wake_at(draft.now() + std::chrono::seconds(1));
    draft.act(action::Exit{});
    return Reason::leaves;
  }
  if (!draft.next.holding && runs_as(draft, Role::standby) && record != nullptr &&
      !is_withdrawn(draft)) {
    withdraw(draft, {.transitions = record->transitions, .number = record->write.number});
  }
  const bool withdraws = draft.withdraws.has_value();
  stop_server(draft, Shutdown::fast, draft.now() + draft.settings.stop_fast);
  if (draft.due(draft.next.stopping_since + draft.settings.stop_fast)) {
    stop_server(draft, Shutdown::immediate, draft.now() + std::chrono::seconds(5));
  }
  return withdraws ? Reason::withdraws_before_stop : Reason::standby_stops;
}

}  // namespace core::elected
