#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/lsn.hpp"
#include "core/time.hpp"

/// How a copy of the data finds back to the primary: one pure function over facts, for static and
/// elected mode. Whoever gathers the facts writes them into the log together with the choice.
namespace core::rejoin {

/// A copy of the data, and the way that it went.
struct Way {
  std::string major;  ///< of its PostgreSQL, `17`; empty: not known, and not looked at
  SystemId system_id;
  Timeline timeline;
  Lsn flushed;                ///< how far its WAL goes
  std::vector<Fork> history;  ///< the ancestors of `timeline`, oldest first
  bool operator==(const Way&) const = default;
};

/// What the primary has of the WAL that a standby needs next.
struct Wal {
  Lsn needs;                  ///< where the standby's own WAL ends
  std::optional<Lsn> oldest;  ///< where the primary's WAL begins; nothing: it does not tell
  bool slot_lost = false;     ///< our slot there was invalidated (max_slot_wal_keep_size)
  bool operator==(const Wal&) const = default;
};

struct Facts {
  std::optional<Way> own;  ///< nothing: the volume is empty
  Way primary;
  /// Nothing: not asked, or the standby has not replayed yet all that is on its disk.
  std::optional<Wal> wal;
  /// Elected mode: the highest timeline that the Lease shows as claimed. What a recorded take-over
  /// went past is given up (R34). Nothing: no take-over is ever recorded, in static mode.
  std::optional<Timeline> recorded;
  bool rewind_fails = false;  ///< it was tried often enough
  bool operator==(const Facts&) const = default;
};

enum class Choice : std::uint8_t { stream, rewind, clone, wait };

enum class Reason : std::uint8_t {
  // stream
  primary_has_what_we_lack,
  // rewind
  diverged,
  // clone
  volume_empty,
  wal_removed,
  slot_lost,
  same_timeline_other_history,
  own_history_missing,
  rewind_failed,
  // wait
  foreign_system_identifier,
  other_major_version,
  primary_history_missing,
  no_common_ancestor,
  ahead_of_primary,
  not_given_up,
  count_,
};
[[nodiscard]] std::string_view to_text(Choice choice);
[[nodiscard]] std::string_view to_text(Reason reason);  ///< its name, `wal_removed`

struct Chosen {
  Choice choice = Choice::wait;
  Reason reason = Reason::foreign_system_identifier;
  std::uint64_t past_fork = 0;  ///< rewind, clone: bytes of our WAL that the primary does not have
  std::optional<Fork> fork;     ///< where the two ways part, where they do
  bool operator==(const Chosen&) const = default;
};

/// S5: never rewind or clone where our copy may be the newest. By histories, not by timeline
/// numbers alone: two timelines of one number may have begun at different places. Two that began at
/// the same place under the same number cannot be told apart; R29 keeps them from coming to be.
[[nodiscard]] Chosen choose(const Facts& facts);

/// Between a clone that failed and the next one: doubles from a second to half a minute, because a
/// primary that breaks clones off is not helped by another one at once.
[[nodiscard]] Duration pause_after(std::uint32_t failed_clones);

/// A choice together with what it was made from.
struct Judged {
  Facts facts;
  Chosen chosen;
  bool operator==(const Judged&) const = default;
};
/// All of it in one line: `choice=clone because=wal_removed own={…} primary={…} …`.
[[nodiscard]] std::string to_text(const Judged& judged);

}  // namespace core::rejoin
