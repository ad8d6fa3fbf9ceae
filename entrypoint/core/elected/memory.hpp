#pragma once

#include <optional>
#include <vector>

#include "core/elected/action.hpp"

namespace core::elected {

/// What this process knows of the Lease. An observation never survives a restart (R9): a new
/// process begins with nothing.
struct View {
  std::optional<Sighting>
      sighting{};             ///< the last one that was not old; kept when the object is gone
  Instant since{};            ///< when this process received the last change
  bool gone = false;          ///< the object is missing: held, and unchanged since (R5)
  bool gone_as_seen = false;  ///< the deletion showed that `sighting` was the last state
  bool asked = false;         ///< the API has answered at least once
  bool restored = false;      ///< older than one seen before (R6): held, whatever it says
  Duration longest{};         ///< of the records that this process saw
};

enum class WriteKind : std::uint8_t { renew, take_over, create, release };

/// A write that was sent and of which it is not known whether it was applied (R2).
struct OpenWrite {
  std::uint64_t number = 0;
  WriteKind kind = WriteKind::renew;
  Instant sent{};  ///< of the decision, so before the first byte (R8)
  Instant deadline{};
  std::optional<Base> base{};
  Record record{};
  std::vector<Member>
      also{};           ///< candidates of older open writes that were put together with this one
  Duration shortest{};  ///< the shortest duration of those and this one
  std::optional<Member> previous{};  ///< whom the judged record names as the last holder
};

/// The one request to the API that is on its way.
struct Request {
  std::optional<std::uint64_t> write{};  ///< nothing: a read
  Instant sent{};
  Instant deadline{};
};

/// A failsafe round (R22 to R24).
struct Round {
  std::uint64_t number = 0;
  Instant began{};                          ///< before its first question
  std::vector<Member> open{};               ///< who has not said yes
  std::vector<Member> asked_to_withdraw{};  ///< R26
};

/// How far the holder is.
enum class Phase : std::uint8_t {
  taken,      ///< holds the record, nothing is decided about the server
  bootstrap,  ///< initdb runs, or its system identifier is being written
  claiming,   ///< the write with the new timeline's number is on its way
  promoting,
  starting,  ///< as the primary, directly
  open,
  /// A release was sent: it may be applied at any time, so that only a write that is known to be
  /// applied after it makes this pod a holder again.
  releasing,
};

/// What a holder remembers. There from the moment at which its take-over is known to be applied
/// until another holder is seen or its release is known or possible.
struct Holding {
  Record record{};         ///< the last one known to be written
  Instant since{};         ///< when the holding began (R32)
  Instant counted_from{};  ///< section 2: the three instants count from here
  Phase phase = Phase::taken;
  Instant phase_since{};
  Timeline timeline{};  ///< that it claims, or serves on
  std::optional<Member>
      previous{};                   ///< from whom it took over; on the list until the opening (R28)
  std::uint32_t failed_starts = 0;  ///< in a row
  bool began = false;               ///< the server was seen as a primary: the new timeline began
  std::optional<Instant> checkpoint{};  ///< the first one on a new timeline; nothing: done
  bool failing = false;                 ///< the last attempt to renew failed
  Instant last_write{};                 ///< when the last write was decided
  std::optional<Round> round{};
  Instant round_began{};
  std::vector<Member> withdrawn{};  ///< they said so, and no record since lists them
};

/// A planned change (R27).
struct Handover {
  enum class Step : std::uint8_t { checkpoint, stop, release };
  Step step = Step::checkpoint;
  std::optional<PodName> successor{};
  Instant began{};
  bool restart = false;  ///< by an order: nothing is released, the server is started again here
};

/// A promise that this pod gave (R25).
struct Promised {
  HolderId holder{};
  std::uint32_t transitions = 0;
  Instant until{};
};

/// This pod tries to take over from one judged record.
struct Challenge {
  ResourceVersion judged{};
  std::uint64_t round = 0;
  Instant asked{};
  std::vector<Member> waiting{};      ///< have not answered
  std::optional<Position> better{};   ///< the best that was heard of and is better than ours
  std::optional<Instant> deferred{};  ///< since when a better one is waited for
  /// Of the last round: somebody's position is a lower bound.
  bool replays = false;
  std::optional<Instant> replay_awaited{};  ///< since when that one is waited for
  bool spent = false;  ///< a take-over was sent: should it not be applied, all are asked anew
};

/// A question to peers that comes before a rewind, a clone or initdb (S4, S5).
struct Inquiry {
  std::uint64_t round = 0;
  Instant asked{};
  std::vector<Member> waiting{};
  bool found = false;  ///< somebody holds a cluster, or knows of one
};

/// What a decision leaves to the next one. Owned by the loop, changed by decide() alone.
struct Memory {
  std::optional<Instant> began{};  ///< the first decision
  View view{};
  std::uint64_t last_number = 0;  ///< of writes
  std::uint64_t last_round = 0;
  std::optional<Request> request{};
  std::vector<OpenWrite> open{};  ///< oldest first; bounded, see writes.cpp
  bool read_due = false;          ///< after a time-out or a conflict
  std::optional<Holding> holding{};
  std::optional<Handover> handover{};
  std::optional<Promised> promised{};
  std::optional<Challenge> challenge{};
  std::optional<Inquiry> inquiry{};
  bool unanswered = false;                    ///< the last inquiry, where everybody has to answer
  std::uint32_t rewinds_failed = 0;           ///< in a row
  std::uint32_t clones_failed = 0;            ///< in a row
  Instant clone_failed{};                     ///< when the last one did
  bool ahead = false;                         ///< our copy may be the newest (S5): it is kept
  std::optional<rejoin::Judged> rejoining{};  ///< the last choice between stream, rewind and clone
  std::optional<Instant> not_streaming{};     ///< since when a standby is without its stream
  std::optional<Work> work{};                 ///< the one long action in progress
  std::optional<Instant> started{};           ///< when a standby's start was decided last
  std::optional<core::action::Shutdown> stopping{};
  Instant stopping_since{};
  std::optional<Instant> fence{};  ///< the deadline that was set last
  std::optional<Instant> fence_replaced{};
  std::optional<Instant> retry{};          ///< nothing new is sent to the API before
  std::optional<Instant> released{};       ///< when this process last gave the Lease back
  bool without_room = false;               ///< on the volume of pg_wal
  std::optional<Instant> room_lacked{};    ///< when it last was so
  std::uint32_t times_without_room = 0;    ///< in a row
  std::optional<Instant> reserve_tried{};  ///< when the reserve was to be made last
  std::optional<Ordered> ordered{};        ///< by an operator: a restart, a new clone
  bool lose_data = false;                  ///< the operator's command stands
  std::optional<bool> pause{};       ///< what a holder was told and the Lease does not say yet
  std::optional<Instant> resumed{};  ///< when a pod that is no holder was told to go on
  bool refused_switchover = false;   ///< the one that the record asks for
  std::vector<action::SetLabel> labels{};
};

}  // namespace core::elected
