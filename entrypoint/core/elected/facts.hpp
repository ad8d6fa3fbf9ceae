#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/elected/record.hpp"
#include "core/elected/timing.hpp"
#include "core/facts.hpp"
#include "core/order.hpp"
#include "core/rejoin_choice.hpp"

/// What elected mode observes. Events hold from one decision to the next: the adapter hands each
/// over once.
namespace core::elected {

/// What stays the same for one process.
struct Settings {
  HolderId self{};
  PodName pod{};
  Ordinal ordinal{};
  std::string node{};
  std::vector<PodName> peers{};  ///< the other pods that may exist
  Timing timing{};
  std::uint64_t lag_limit = std::uint64_t{16} << 20;  ///< bytes; a standby behind it is not listed
  Duration stop_fast = std::chrono::seconds(20);  ///< budget of a fast shutdown when asked to stop
};

/// Written on the own volume, synced (R26): off the list, whatever records up to this one say.
struct Withdrawal {
  std::uint32_t transitions = 0;
  std::uint64_t number = 0;  ///< of the holder's last write when it asked
  bool operator==(const Withdrawal&) const = default;
};

using core::Fork;

/// Where a copy of the data stands.
struct Position {
  SystemId system_id{};
  Timeline timeline{};
  Lsn flushed{};
  bool operator==(const Position&) const = default;
};

struct Volume {
  directory::Content content{};
  bool locked = false;  ///< this process has the volume's lock
  /// Nothing: empty, or initdb, a clone or a rewind did not end. `Unfinished` with a data id and a
  /// position is an initdb that did, and whose marker is still there.
  std::optional<DataId> data_id{};
  /// Of a cluster: also while its server runs.
  std::optional<Position> position{};
  /// The copy ends at `position`: a primary shut it down, or its server has replayed all of its WAL
  /// since it started. Otherwise that is what pg_control or a replay that goes on says: no more
  /// than a lower bound.
  bool replayed = false;
  std::uint32_t transitions = 0;  ///< the highest that this volume's pods ever saw (R6)
  Timeline claimed{};             ///< the highest that they ever saw claimed (R29)
  std::optional<Withdrawal> withdrawn{};
  std::vector<Fork> history{};  ///< of the timeline of `position`, oldest first
};

struct Server {
  core::server::State state{};
  bool answers = false;              ///< to an in-process ping, or recovers within its budget (R11)
  bool streams = false;              ///< a standby: its WAL receiver streams
  std::optional<PodName> follows{};  ///< a standby: whom it is set to follow
};

/// A standby that the primary's walsenders show.
struct StreamingStandby {
  Member member{};
  Position position{};
};

/// What a standby without its stream is to get from the pod that it follows. Of one that has
/// replayed all that is on its disk, or whose server does not answer.
struct WalAtPrimary {
  PodName pod{};
  rejoin::Way own{};  ///< our copy, as it was found then
  rejoin::Wal wal{};
  Instant at{};
};

/// The fence process (R12 to R14), from shared memory.
struct Fence {
  bool beats = true;  ///< its heartbeat moved within its time
  std::optional<Instant> deadline{};
};

/// How an object came to be seen. A quorum read is linearisable: it shows a state at or after its
/// asking. A cached one (watch, read from a cache) may be old.
enum class Source : std::uint8_t { quorum, cached };

struct LeaseSeen {
  Source source = Source::cached;
  Instant asked{};  ///< quorum: the read's send time
  Instant at{};
  std::optional<Sighting> sighting{};  ///< nothing: there is no such object
  /// Missing: the last state that it had, as the watch event of a deletion shows it.
  std::optional<Sighting> deleted{};
};
struct ReadFailed {
  Instant at{};
};

enum class Outcome : std::uint8_t {
  done,
  refused,   ///< certainly not applied: no rights, not valid, asked to come later
  conflict,  ///< this request was not applied; an earlier one may have been the reason
  unknown,   ///< nobody knows
};
struct WriteEnded {
  std::uint64_t number = 0;
  Outcome outcome = Outcome::unknown;
  Instant at{};
  std::optional<Base> written{};  ///< done: the new state's names
};

/// Questions between pods. `round` is the asker's number.
namespace question {
/// Where does your copy stand? (R18)
struct Where {
  bool operator==(const Where&) const = default;
};
/// Do not take over from me for `duration` (R25).
struct Promise {
  HolderId holder{};
  std::uint32_t transitions = 0;
  Duration duration{};
  bool operator==(const Promise&) const = default;
};
/// You are too far behind: be off the list (R26).
struct Withdraw {
  HolderId holder{};
  std::uint32_t transitions = 0;
  std::uint64_t number = 0;  ///< of the asker's last write: newer ones may list again
  bool operator==(const Withdraw&) const = default;
};
using Any = std::variant<Where, Promise, Withdraw>;
}  // namespace question

namespace answer {
struct Here {
  /// Nothing: an empty volume. A system identifier of 0: one that knows of a cluster (S4).
  std::optional<Position> position{};
  bool able = false;      ///< may be promoted: it did not withdraw
  bool replayed = false;  ///< `position` is where the copy ends, and no lower bound
  bool holds = false;     ///< is a holder in force with an open server
  std::vector<Fork> history{};
  bool operator==(const Here&) const = default;
};
struct Yes {
  bool operator==(const Yes&) const = default;
};
/// To Where: an initdb of ours ended, and we do not know that it was recorded.
struct No {
  bool operator==(const No&) const = default;
};
/// The resolver says that there is no such pod now: nobody is there to be waited for. What its
/// volume holds is not known.
struct Absent {
  bool operator==(const Absent&) const = default;
};
using Any = std::variant<Here, Yes, No, Absent>;
}  // namespace answer

struct PeerAnswer {
  Member from{};
  DataId to{};  ///< the copy that was asked; 0: any
  std::uint64_t round = 0;
  answer::Any answer{};
  Instant at{};
};

struct PeerQuestion {
  std::uint64_t ticket = 0;  ///< names the connection that waits for the answer
  DataId to{};               ///< whom the asker means: answered only by that copy; 0: any
  question::Any question{};
};

/// The work that takes long, one at a time.
enum class Work : std::uint8_t { bootstrap, rewind, clone, promote, checkpoint };
struct WorkEnded {
  Work work = Work::bootstrap;
  bool ok = false;
};

/// `failover NAME --lose-data` (R19): this pod may take over although it is not listed.
struct LoseData {
  bool operator==(const LoseData&) const = default;
};
/// `pause` and `resume`: while the Lease says so, no pod takes over from another by itself.
struct Pause {
  bool on = true;
  bool operator==(const Pause&) const = default;
};
using Command = std::variant<SwitchoverRequest, LoseData, Pause, Order>;

struct Facts {
  Instant now{};
  Volume volume{};
  Server server{};
  Fence fence{};
  std::vector<StreamingStandby> standbys{};
  std::optional<WalAtPrimary> wal_at_primary{};
  std::optional<WalRoom> wal_room{};
  std::optional<StopRequest> stop{};

  // Events: each is handed over once.
  std::vector<LeaseSeen> seen{};
  std::vector<ReadFailed> reads_failed{};
  std::vector<WriteEnded> writes_ended{};
  std::vector<PeerAnswer> answers{};
  std::vector<PeerQuestion> questions{};
  std::optional<WorkEnded> finished{};
  std::optional<Command> command{};
};

}  // namespace core::elected
