#pragma once

#include "core/decision.hpp"

/// The parts of decide(), one a file. Each is as pure as the whole and is called by decide() alone.
namespace core {

/// What a part needs: the arguments of decide(), and the memory that the decision leaves, to be
/// changed on the way.
struct Draft {
  const Settings& settings;
  const Snapshot& facts;
  Memory next;
  std::vector<Action> first{};  ///< deeds of this decision, whatever else it does

  [[nodiscard]] Decision result(Reason reason, std::vector<Action> actions = {},
                                std::optional<Instant> wake = {}) {
    actions.insert(actions.begin(), first.begin(), first.end());
    return Decision{
        .reason = reason, .actions = std::move(actions), .next = std::move(next), .wake = wake};
  }
  [[nodiscard]] bool is_primary_ordinal() const {
    return settings.cluster.identity->ordinal == settings.cluster.primary;
  }
};

/// A stop was asked for: ends the long action or the server, harsher by budgets, then exits.
[[nodiscard]] Decision decide_stop(Draft draft);
/// The server was reaped: exit with a status that tells the truth (S10).
[[nodiscard]] Decision decide_end(Draft draft, const server::Ended& ended);
/// A long action has just ended.
[[nodiscard]] Decision decide_finished(Draft draft, const LongResult& result);
/// The server runs and nobody wants it stopped.
[[nodiscard]] Decision decide_running(Draft draft, const server::Running& running);
/// Nothing runs: look at the directory and go on from there.
[[nodiscard]] Decision decide_start(Draft draft);
/// Nothing runs, static mode, and the directory may be bootstrapped.
[[nodiscard]] Decision decide_static_empty(Draft draft);
/// Where a volume is refused because the primary is of another cluster; `changed`: what was done to
/// the volume before that was known.
[[nodiscard]] std::string foreign_message(const Draft& draft, SystemId ours, SystemId theirs,
                                          std::string_view changed);
/// The server of a copy that is replaced has ended: clone in its place.
[[nodiscard]] Decision replace_copy(Draft draft);
/// What a standby waits for whose primary answered so.
[[nodiscard]] Reason waiting_reason(const peer::Answer& answer);
/// order.cpp: takes up what an operator orders, or says why not. True: the server ends for it.
[[nodiscard]] bool take_order(Draft& draft);
/// How far that is; says when it is done.
void follow_order(Draft& draft);
/// The remembered long action begins.
[[nodiscard]] Decision begin(Draft draft, Reason reason, LongKind kind, Action deed);
/// The primary runs: stops it while its volume still has room to stop well, makes the reserve. In
/// want of nothing: nothing.
[[nodiscard]] std::optional<Decision> see_to_room(Draft& draft, const server::Running& running);
/// Whether a server that was reaped is one that its full volume ended, or that was stopped for it:
/// it is gone on with. Notes it.
[[nodiscard]] bool ended_without_room(Draft& draft, const server::Ended& ended);
/// A server is to be started, and there is no room for it: what to do. Otherwise nothing.
[[nodiscard]] std::optional<Decision> start_without_room(Draft& draft,
                                                         const directory::Cluster& cluster,
                                                         const action::StartServer& start);
/// Leaves with `message`, data untouched.
[[nodiscard]] Decision refuse(Draft draft, Reason reason, std::string message);

}  // namespace core
