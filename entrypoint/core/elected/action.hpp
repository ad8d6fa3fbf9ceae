#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/decision.hpp"
#include "core/elected/facts.hpp"

/// Deeds of elected mode. They are performed in the order in which they are returned. Where
/// MarkStandby, Withdraw or FinishBootstrap fails, those behind it are not performed. A deed that
/// was not performed has an end all the same: a write ends as refused, a read as failed, a work as
/// not ok, a start as a server that ended. The others fail without consequences for those behind
/// them: Remember and Follow are decided again, SetLabel is repeated by the adapter until it is
/// done or replaced.
namespace core::elected::action {

/// Compare-and-swap: applied only where the object is still `base`. Ends as a WriteEnded.
struct WriteLease {
  std::optional<Base> base{};  ///< nothing: create
  Record record{};             ///< `write.number` names it
  Instant deadline{};
};
/// A quorum read: without a `resourceVersion` parameter. Ends as a LeaseSeen or a ReadFailed.
struct ReadLease {
  Instant deadline{};
};
/// Moves the deadline, or arms: from then on it stands in shared memory.
struct SetFence {
  Instant deadline{};
};
/// Only behind MarkStandby, and after the server is proven stopped (R12).
struct DisarmFence {};
/// The fence's process does not beat: start another.
struct ReplaceFence {};
/// Makes `standby.signal`, synced.
struct MarkStandby {};
struct StartStandby {
  std::optional<PodName> follow{};
};
/// Removes `standby.signal`, starts read-write: no new timeline (R17).
struct StartPrimary {};
/// Puts a history file for each reserved number into pg_wal, syncs, promotes to `timeline` (R29).
struct Promote {
  Timeline timeline{};
  std::vector<Timeline> reserve{};
  Instant deadline{};
};
struct StopServer {
  core::action::Shutdown how = core::action::Shutdown::fast;
  Instant deadline{};
};
struct Checkpoint {
  Instant deadline{};
};
/// A standby follows somebody else: reload, no restart.
struct Follow {
  PodName pod{};
};
struct Ask {
  std::uint64_t round = 0;
  std::vector<Member> whom{};  ///< a data id of 0: whoever has that name
  question::Any question{};
  Instant deadline{};
};
struct Answer {
  std::uint64_t ticket = 0;
  answer::Any answer{};
};
/// Writes the withdrawal on the volume, synced. An answer behind it is given only then.
struct Withdraw {
  Withdrawal withdrawal{};
};
/// The volume shows that a newer record lists this copy again.
struct ClearWithdrawal {};
/// Keeps the highest transition count and claimed timeline on the volume (R6, R29): each counts
/// only where it is higher than what is there.
struct Remember {
  std::uint32_t transitions = 0;
  Timeline claimed{};
};
/// initdb, and all that belongs to it. Ends with a new data id, and with the marker of an
/// unfinished bootstrap still there.
struct Bootstrap {};
/// The record names this directory's identifier: takes the marker off, synced.
struct FinishBootstrap {};
/// Removes the data id first, makes a new one when it ended well (R4). WAL that a failover gave up
/// is kept aside as long as there is space (R34).
struct Rewind {
  PodName from{};
  std::uint64_t gives_up = 0;  ///< bytes of WAL past the fork
};
struct Clone {
  PodName from{};
  std::uint64_t gives_up = 0;
};
enum class Label : std::uint8_t { none, replica, primary };
struct SetLabel {
  PodName pod{};
  Label label = Label::none;
  bool operator==(const SetLabel&) const = default;
};
struct RefuseCommand {
  std::string why{};
};
struct Exit {};

using Any = std::variant<WriteLease, ReadLease, SetFence, DisarmFence, ReplaceFence, MarkStandby,
                         StartStandby, StartPrimary, Promote, StopServer, Checkpoint, Follow, Ask,
                         Answer, Withdraw, ClearWithdrawal, Remember, Bootstrap, FinishBootstrap,
                         Rewind, Clone, SetLabel, RefuseCommand, core::action::AnswerOrder,
                         core::action::ReleaseReserve, core::action::MakeReserve, Exit>;

}  // namespace core::elected::action
