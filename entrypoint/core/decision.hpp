#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/facts.hpp"
#include "core/reason.hpp"
#include "core/settings.hpp"

namespace core {

/// Deeds. decide() returns them, runtime/perform.cpp does them, nobody else.
namespace action {
struct DiscardUnfinished {
  bool operator==(const DiscardUnfinished&) const = default;
};
struct Bootstrap {
  bool operator==(const Bootstrap&) const = default;
};
struct Adopt {
  bool operator==(const Adopt&) const = default;
};
struct Clone {
  Ordinal source;
  bool then_promote = false;  ///< mark the copy: it becomes the primary
  bool in_place = false;  ///< of a copy that cannot be gone on with, and is behind the source (S5)
  bool operator==(const Clone&) const = default;
};
/// The answers come as facts, each by `deadline`.
struct AskPeers {
  std::vector<Ordinal> whom;
  Instant deadline;
  bool say_empty = false;  ///< our own volume is empty: say so to peers that ask us meanwhile
  bool operator==(const AskPeers&) const = default;
};
struct StartServer {
  Role role = Role::primary;
  std::optional<Ordinal>
      follow;  ///< whom a standby streams from; nothing: as the directory itself is configured
  bool operator==(const StartServer&) const = default;
};
struct Promote {
  Instant deadline;
  bool operator==(const Promote&) const = default;
};
enum class Shutdown : std::uint8_t { fast, immediate, kill };
struct StopServer {
  Shutdown how = Shutdown::fast;
  Instant deadline;  ///< when the next, harsher one is due
  bool operator==(const StopServer&) const = default;
};
struct StopLongAction {
  bool kill = false;
  Instant deadline;  ///< when killing is due
  bool operator==(const StopLongAction&) const = default;
};
/// Reads settings and secrets again, and has the server, where one runs, do the same.
struct Reload {
  bool operator==(const Reload&) const = default;
};
/// On a standby: have our slot on the primary, which is asked who it is on the way.
struct EnsureSlot {
  Ordinal primary;
  Instant deadline;
  bool operator==(const EnsureSlot&) const = default;
};
/// On the primary: drop slots whose pod's name has been gone for the retention time.
struct MaintainSlots {
  Instant deadline;
  bool operator==(const MaintainSlots&) const = default;
};
/// On the primary: carry changed passwords of the settings into the roles. Comes to
/// Snapshot::passwords_hold by `deadline`.
struct AssertPasswords {
  Instant deadline;
  bool operator==(const AssertPasswords&) const = default;
};
/// Gives up the reserve on the volume of pg_wal. At once: what is behind it has the room.
struct ReleaseReserve {
  bool operator==(const ReleaseReserve&) const = default;
};
struct MakeReserve {
  std::uint64_t bytes = 0;
  bool operator==(const MakeReserve&) const = default;
};
struct Exit {
  int code = 0;
  std::string message;  ///< empty: there is nothing to add to the reason
  bool operator==(const Exit&) const = default;
};
}  // namespace action

using Action =
    std::variant<action::DiscardUnfinished, action::Bootstrap, action::Adopt, action::Clone,
                 action::AskPeers, action::StartServer, action::Promote, action::StopServer,
                 action::StopLongAction, action::Reload, action::EnsureSlot, action::MaintainSlots,
                 action::AssertPasswords, action::AnswerOrder, action::ReleaseReserve,
                 action::MakeReserve, action::Exit>;

/// What a decision leaves to the next one. Owned by the loop, changed by decide() alone.
struct Memory {
  /// The one long action in progress.
  struct LongAction {
    LongKind kind = LongKind::bootstrap;
    Instant started;
    bool operator==(const LongAction&) const = default;
  };
  /// How far a stop has gone, of the server or of the long action.
  struct Stopping {
    action::Shutdown how = action::Shutdown::fast;
    Instant since;
    bool operator==(const Stopping&) const = default;
  };
  /// Why a server that runs has to end.
  struct Refusal {
    Reason reason = Reason::refused_directory;
    std::string message;
    bool operator==(const Refusal&) const = default;
  };

  /// The volume of pg_wal lacks room: the server is stopped for that, ended of it, or is kept down.
  struct NoRoom {
    WalRoom seen;                  ///< last
    Instant since;                 ///< of the server's end, or of a start that was put off
    bool ended = false;            ///< the server did, and was counted
    std::uint32_t recoveries = 0;  ///< that were begun to shut it down
    bool operator==(const NoRoom&) const = default;
  };

  /// A standby's copy that is replaced by a new clone: its server ends for that, then the clone is
  /// made, and what is there then is started. `restarting`: the server ends, and is started again.
  enum class Replacing : std::uint8_t { stopping, cloning, restarting };

  std::optional<LongAction> long_action;
  std::optional<Stopping> stopping;
  std::optional<Instant> first_asked;    ///< when the current round of questions to peers began
  std::optional<Instant> last_asked;     ///< when peers were asked last
  std::optional<Instant> primary_asked;  ///< before a standby's start: when the primary was asked
                                         ///< which cluster it is of
  std::optional<Instant> slots_looked;   ///< when slots were looked after last
  std::optional<Instant> passwords_looked;  ///< when passwords were, since the settings were read
  std::uint32_t clone_failures = 0;         ///< in a row
  std::optional<Instant> clone_failed;      ///< when the last one failed
  std::optional<Instant> not_streaming;     ///< since when a standby was seen to lack its stream
  std::optional<rejoin::Judged> rejoining;  ///< what was chosen for it
  std::optional<Replacing> replacing;
  std::optional<Ordered> ordered;  ///< by an operator
  std::optional<NoRoom> no_room;
  std::uint32_t ends_without_room = 0;   ///< in a row: how often a server ended for want of room
  std::optional<Instant> room_lacked;    ///< when the last one did
  std::optional<Instant> reserve_tried;  ///< when the reserve was to be made last
  std::optional<Refusal> refusal;        ///< exit with this once the server has stopped
  bool operator==(const Memory&) const = default;
};

struct Decision {
  Reason reason = Reason::serving_primary;
  std::vector<Action> actions;
  Memory next;
  /// Decide again by then, whatever else happens. Nothing: only an event leads on, and it certainly
  /// comes: the end of the long action (each bounds its own steps), the server's next phase or its
  /// end, a signal.
  std::optional<Instant> wake;
};

/// Whether Snapshot::reload is done with.
[[nodiscard]] bool reloads(const Decision& decision);

/// The heart: what was observed in; a named reason, actions and the next memory out. Pure: the same
/// arguments give the same decision, on a server and in the simulation.
[[nodiscard]] Decision decide(const Settings& settings, const Memory& memory,
                              const Snapshot& snapshot);

}  // namespace core
