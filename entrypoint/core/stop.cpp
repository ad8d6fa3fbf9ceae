#include "core/parts.hpp"

namespace core {
namespace {

using action::Shutdown;
using namespace std::chrono_literals;

/// A long action has this long to end after SIGTERM: nothing of it is kept, so it need not be
/// patient.
constexpr Duration long_action_grace = 500ms;

bool wants_immediate(const Draft& draft) {
  return draft.facts.stop && draft.facts.stop->mode == StopMode::immediate;
}

Decision stop_server(Draft draft, Reason reason, Shutdown how) {
  const Instant now = draft.facts.now;
  const Duration budget = how == Shutdown::fast        ? draft.settings.stop.fast
                          : how == Shutdown::immediate ? draft.settings.stop.immediate
                                                       : Duration{1s};
  draft.next.stopping = Memory::Stopping{.how = how, .since = now};
  return draft.result(reason, {action::StopServer{.how = how, .deadline = now + budget}},
                      now + budget);
}

/// Fast, then immediate, then SIGKILL, each after the budget of the one before. Never the other way
/// round.
Decision stop_running_server(Draft draft) {
  const auto& stopping = draft.next.stopping;
  if (!stopping) {
    return wants_immediate(draft)
               ? stop_server(std::move(draft), Reason::stop_immediate_asked, Shutdown::immediate)
               : stop_server(std::move(draft), Reason::stop_asked, Shutdown::fast);
  }
  const Duration waited = draft.facts.now - stopping->since;
  switch (stopping->how) {
    case Shutdown::fast:
      if (wants_immediate(draft)) {
        return stop_server(std::move(draft), Reason::stop_immediate_asked, Shutdown::immediate);
      }
      if (waited >= draft.settings.stop.fast) {
        return stop_server(std::move(draft), Reason::fast_stop_overdue, Shutdown::immediate);
      }
      return draft.result(Reason::waiting_for_stop, {}, stopping->since + draft.settings.stop.fast);
    case Shutdown::immediate:
      if (waited >= draft.settings.stop.immediate) {
        return stop_server(std::move(draft), Reason::immediate_stop_overdue, Shutdown::kill);
      }
      return draft.result(Reason::waiting_for_stop, {},
                          stopping->since + draft.settings.stop.immediate);
    case Shutdown::kill:
      // SIGKILL cannot be refused; a process in an uninterruptible wait is killed again until it is
      // reaped.
      if (waited >= 1s)
        return stop_server(std::move(draft), Reason::immediate_stop_overdue, Shutdown::kill);
      return draft.result(Reason::waiting_for_stop, {}, stopping->since + 1s);
  }
  return draft.result(Reason::waiting_for_stop);
}

Decision stopped_before_start(Draft draft) {
  const int signal = draft.facts.stop ? draft.facts.stop->signal : 0;
  return draft.result(Reason::stopped_before_start,
                      {action::Exit{.code = 128 + signal, .message = {}}});
}

Decision stop_long_action(Draft draft) {
  const Instant now = draft.facts.now;
  const auto& stopping = draft.next.stopping;
  if (!stopping) {
    draft.next.stopping = Memory::Stopping{.how = Shutdown::fast, .since = now};
    const Instant due = now + long_action_grace;
    return draft.result(Reason::stop_interrupts_long_action,
                        {action::StopLongAction{.kill = false, .deadline = due}}, due);
  }
  if (stopping->how == Shutdown::kill) {
    // What does not even end by SIGKILL ends with PID 1. Nobody was served from it, and the marker
    // is there.
    if (now >= stopping->since + 1s) {
      // A promotion outlived its server: the server's end is what there is to tell.
      const auto* ended = std::get_if<server::Ended>(&draft.facts.server);
      return ended != nullptr ? decide_end(std::move(draft), *ended)
                              : stopped_before_start(std::move(draft));
    }
    return draft.result(Reason::waiting_for_stop, {}, stopping->since + 1s);
  }
  const Instant due = stopping->since + long_action_grace;
  if (now < due && !wants_immediate(draft)) return draft.result(Reason::waiting_for_stop, {}, due);
  draft.next.stopping = Memory::Stopping{.how = Shutdown::kill, .since = now};
  return draft.result(Reason::stop_long_action_overdue,
                      {action::StopLongAction{.kill = true, .deadline = now + 1s}}, now + 1s);
}

std::string text_of_end(const ExitStatus& status) {
  return "PostgreSQL ended with " + to_text(status);
}

bool says_shut_down(const directory::Content& content) {
  const auto* cluster = std::get_if<directory::Cluster>(&content);
  return cluster != nullptr && directory::was_shut_down(cluster->control);
}

}  // namespace

Decision decide_stop(Draft draft) {
  // The promotion runs beside the server and is not worth waiting for: the server's own stop ends
  // it.
  if (std::holds_alternative<server::Running>(draft.facts.server))
    return stop_running_server(std::move(draft));
  if (draft.next.long_action) return stop_long_action(std::move(draft));
  return stopped_before_start(std::move(draft));
}

Decision decide_end(Draft draft, const server::Ended& ended) {
  if (draft.next.refusal) {
    const Memory::Refusal refusal = *draft.next.refusal;
    return refuse(std::move(draft), refusal.reason, refusal.message);
  }
  if (!ended.status.success()) {
    return draft.result(
        Reason::server_failed,
        {action::Exit{.code = ended.status.code(), .message = text_of_end(ended.status)}});
  }
  // An immediate shutdown ends with 0 as well: only pg_control tells (contract clause 55).
  if (!says_shut_down(draft.facts.directory)) {
    return draft.result(
        Reason::server_not_shut_down,
        {action::Exit{
            .code = 1,
            .message =
                "PostgreSQL ended without a shutdown checkpoint; it recovers at the next start"}});
  }
  return draft.result(Reason::server_stopped, {action::Exit{}});
}

}  // namespace core
