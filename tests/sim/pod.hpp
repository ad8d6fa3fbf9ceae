#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "copy.hpp"
#include "core/elected/decision.hpp"
#include "core/elected/seeded_bug.hpp"

namespace sim {

/// A clock that runs at its own rate from its own start.
struct Clock {
  std::int64_t per_million = 0;
  core::Duration offset{};

  [[nodiscard]] core::Instant local(core::Instant real) const {
    const auto count = real.time_since_epoch().count();
    return core::Instant{core::Duration{count + count / 1'000'000 * per_million}} + offset;
  }
  /// Not before `local` has come.
  [[nodiscard]] core::Instant real(core::Instant local) const {
    const auto count = (local - offset).time_since_epoch().count();
    return core::Instant{core::Duration{count - count / (1'000'000 + per_million) * per_million}} +
           std::chrono::microseconds(3);
  }
};

/// One PostgreSQL server process tree.
struct Postgres {
  bool up = false;
  core::Role role = core::Role::standby;
  core::ServerPhase phase = core::ServerPhase::starting;
  bool writable = false;
  bool stopping = false;
  bool replayed = false;  ///< all that it had when it started
  bool hangs = false;     ///< does not answer a ping
  bool ended = false;     ///< ran in this life of the pod
  int follows = -1;       ///< an ordinal
  bool streams = false;
  core::Instant known_from{};  ///< true time from which the primary knows whose stream it is
  core::Instant since{};       ///< local
  core::Instant progressed{};  ///< true time up to which it has written
  std::uint32_t life = 0;
};

/// A pod with its volume, from its start to its end; a pod that is made anew on the same volume
/// goes on as the same instance.
struct Pod {
  int number = 0;
  int ordinal = 0;
  Clock clock;
  Clock wall;  ///< the one that must not be used
  Disk disk;
  Postgres postgres;

  bool alive = false;
  bool gone = false;       ///< never comes back
  std::uint32_t life = 0;  ///< of its process: what is older was for another one
  std::uint32_t uid = 0;
  core::elected::Settings settings;
  core::elected::Memory memory;
  core::elected::Facts facts;
  core::elected::Reason reason = core::elected::Reason::count_;
  std::optional<core::elected::Work> work;
  std::uint32_t work_life = 0;

  std::optional<core::Instant> due;     ///< the decision that is planned
  core::Instant looks;                  ///< true time of the next look at its walsenders
  std::optional<core::Instant> frozen;  ///< PID 1, until then
  bool frozen_all = false;
  bool frozen_after_decision = false;
  std::vector<core::elected::action::Any> held;  ///< decided, then PID 1 froze
  bool fence_frozen = false;
  std::optional<core::Instant> fence;         ///< local deadline
  std::optional<core::Instant> last_applied;  ///< send time of the last answered write, local
  std::uint64_t rate = 0;                     ///< bytes of WAL a second while writable

  core::Instant mute_out;  ///< true time until which nothing goes to the API
  core::Instant mute_in;
  core::Instant refused;      ///< its writes are, until then
  core::Instant writes_late;  ///< what it writes is on its way for long, until then
  enum class Ambushed : std::uint8_t {
    no,
    waits,
    unanswered,
    write_awaited,
    read_awaited,
    answered,
    promises_awaited,
  };
  Ambushed ambushed = Ambushed::no;
  core::Instant replays_until;  ///< true time: its servers have not replayed all before
  core::Instant counted;        ///< local: a promise that counts from later springs the ambush

  /// Who answered in which round that it may be promoted, and the copy that it had in truth.
  struct Heard {
    std::uint64_t round = 0;
    Copy copy;
  };
  std::map<core::elected::Member, Heard> heard;

  std::optional<core::Instant> fit_since;  ///< may take over as far as faults go
  core::Instant second_began{};            ///< true time
  int decisions_in_second = 0;
};

}  // namespace sim
