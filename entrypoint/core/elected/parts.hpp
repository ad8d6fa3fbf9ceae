#pragma once

#include <utility>

#include "core/elected/decision.hpp"
#include "core/elected/seeded_bug.hpp"

/// The parts of decide(), one a file, as pure as the whole.
namespace core::elected {

/// One decision in the making.
struct Draft {
  const Settings& settings;
  const Facts& facts;
  Memory next{};
  std::vector<action::Any> actions{};
  std::optional<Instant> wake{};
  std::optional<Withdrawal> withdraws{};  ///< what this decision writes on the volume
  bool weighs = false;                    ///< this decision heard where others stand (R18)

  [[nodiscard]] Instant now() const { return facts.now; }
  void act(action::Any deed) { actions.push_back(std::move(deed)); }
  void wake_at(Instant when) {
    if (!wake || when < *wake) wake = when;
  }
  /// Whether `when` has come; otherwise the decision is made again then.
  bool due(Instant when) {
    if (now() >= when) return true;
    wake_at(when);
    return false;
  }
};

// view.cpp: R1 to R6, R9
/// Takes in what was seen of the Lease and what became of writes.
void take_notice(Draft& draft);
/// Keeps on the volume what must not be forgotten with this process.
void remember(Draft& draft, const Record& record);
/// The record in the view, where it may be acted on at all.
[[nodiscard]] const Record* seen_record(const Draft& draft);
/// Whether the view names this process as the holder.
[[nodiscard]] bool names_us(const Draft& draft, const Record& record);

// writes.cpp: R1, R2, R8
/// Sends `record`, compared with `base`; does nothing where a request is on its way.
bool write(Draft& draft, WriteKind kind, Record record, std::optional<Base> base);
void read(Draft& draft);
/// The state that the view shows, to be replaced.
[[nodiscard]] std::optional<Base> judged(const Draft& draft);
/// The end of a write is known.
void take_outcome(Draft& draft, const WriteEnded& ended);
/// A quorum read shows this record: which writes were applied, which never will be.
void settle(Draft& draft, const LeaseSeen& seen);
/// Requests whose time is over: their outcome is unknown.
void give_up_overdue(Draft& draft);
/// A take-over of ours may have been or may yet be applied (R25).
[[nodiscard]] bool takeover_open(const Memory& memory);

// holder.cpp: R2, R8, R11, R22
[[nodiscard]] Deadlines deadlines(const Draft& draft);
Reason decide_holder(Draft& draft);
/// Sets the fence where the three instants moved.
void move_fence(Draft& draft);
/// The record that the holder writes next.
[[nodiscard]] Record next_record(const Draft& draft);

// failsafe.cpp: R22 to R24, R26
void hear_promises(Draft& draft);
void ask_for_promises(Draft& draft);

// promises.cpp: R25, R26: the answers to other pods' questions
void answer_questions(Draft& draft);
[[nodiscard]] bool promise_runs(const Draft& draft);
[[nodiscard]] bool is_withdrawn(const Draft& draft);
/// Off the list, on the volume. It never goes back: a question that was late must not make an older
/// record enough to end it.
void withdraw(Draft& draft, Withdrawal from);
[[nodiscard]] Member own_member(const Draft& draft);

// challenger.cpp: R16 to R19, R28
Reason challenge(Draft& draft);
/// Answers are handed over once: where one came and nothing was weighed, all are asked anew.
void ask_anew_if_unheard(Draft& draft);

// opening.cpp: R17, R29, R30
Reason open_server(Draft& draft);

// handover.cpp: R27, R31, R32
Reason hand_over(Draft& draft);
/// Whether a planned change may begin; the reason why not otherwise.
[[nodiscard]] std::optional<PodName> best_successor(const Draft& draft,
                                                    const std::optional<PodName>& wanted);
void take_command(Draft& draft);
/// A restart in place: as a planned change begins, but nothing is released.
void restart_primary(Draft& draft);

// order.cpp
/// Takes up what an operator orders of this pod's server, or says why not.
void take_order(Draft& draft);
/// It is over: carried out, refused, or failed.
void answer_order(Draft& draft, bool done, std::string text);
/// One of this kind was taken up, and nothing was done for it yet.
[[nodiscard]] bool is_ordered(const Draft& draft, Order order);
/// How far that is; says when it is done.
void follow_order(Draft& draft);

// pause.cpp
/// No pod takes over from another by itself.
[[nodiscard]] bool is_paused(const Draft& draft, const Record& record);
/// A person's `pause` or `resume`, where it was told to this pod.
void take_pause(Draft& draft);
/// What the holder's next record says.
[[nodiscard]] bool next_paused(const Draft& draft);
/// Begins a change of the primary at once, to whoever is fit.
void begin_handover(Draft& draft);

// room.cpp
/// Notes whether the volume of pg_wal has room, and sees to its reserve.
void see_to_room(Draft& draft);
/// For a server that is to be started, or to become the primary.
[[nodiscard]] bool has_room(Draft& draft);
/// A primary that serves and has no room to go on.
[[nodiscard]] bool gives_up_for_room(const Draft& draft);

// server.cpp
[[nodiscard]] bool is_up(const Draft& draft);  ///< a postmaster runs
[[nodiscard]] bool runs_as(const Draft& draft, Role role);
[[nodiscard]] bool accepts(const Draft& draft);         ///< its start is over
[[nodiscard]] bool serves(const Draft& draft);          ///< as the open holder's, and goes on
[[nodiscard]] bool shut_down_well(const Draft& draft);  ///< R15
[[nodiscard]] const directory::Cluster* own_cluster(const Draft& draft);
/// Stops the server; harsher where a harsher one is asked for.
void stop_server(Draft& draft, core::action::Shutdown how, Instant deadline);
/// R12: behind a proven stop, and `standby.signal` on the disk.
void secure_stopped(Draft& draft);

// standby.cpp
Reason decide_standby(Draft& draft);
// rejoin.cpp: S5, R34
Reason rejoin(Draft& draft, const Record& record);
/// A new clone that was ordered, where the copy here is not the newest (S5).
Reason reinit(Draft& draft, const Record& record);
// bootstrap.cpp: R7
Reason decide_empty(Draft& draft);
/// An initdb that ended well, and of which it is not known that the record names it.
[[nodiscard]] bool unrecorded(const Draft& draft);
// leaving.cpp
Reason leave(Draft& draft);
// labels.cpp: R33
void label(Draft& draft);

}  // namespace core::elected
