#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/facts.hpp"
#include "core/settings.hpp"

namespace core {

/// How long what was due in the event loop had to wait: a histogram.
struct LoopLatency {
  static constexpr std::array<Duration, 6> bounds{
      std::chrono::milliseconds(1),   std::chrono::milliseconds(5),   std::chrono::milliseconds(20),
      std::chrono::milliseconds(100), std::chrono::milliseconds(500), std::chrono::seconds(2)};
  /// Up to each bound, not counted in the one before; the last: above all.
  std::array<std::uint64_t, bounds.size() + 1> counts{};
  Duration sum{};

  void add(Duration waited);
  bool operator==(const LoopLatency&) const = default;
};

/// How far the server of this pod is.
enum class ServerState : std::uint8_t {
  none,       ///< not started
  starting,   ///< starts or recovers
  accepting,  ///< admits sessions
  replaying,  ///< a standby that admits none (yet): warm, or not consistent
  stopping,
  ended,
};
[[nodiscard]] std::string_view to_text(ServerState state);
[[nodiscard]] std::optional<ServerState> parse_server_state(std::string_view text);
[[nodiscard]] std::string_view to_text(Role role);
[[nodiscard]] std::string_view to_text(Mode mode);

/// What one pod shows of itself at one instant: to probes, load balancers, Prometheus and people.
/// The driver makes it from what it has in memory; pages only read it. What is not known is absent,
/// never 0. Durations are ages, counted back from that instant.
struct Status {
  /// The one long action in progress.
  struct Action {
    std::string name{};  ///< `clone`
    std::optional<Duration> age{};
    std::optional<std::uint64_t> done_bytes{};
    std::optional<std::uint64_t> total_bytes{};  ///< an estimate
    bool operator==(const Action&) const = default;
  };
  /// Elected mode: the Lease as this pod saw it last.
  struct Lease {
    std::optional<std::string> holder{};  ///< nothing: released, or there is no such object
    Duration age{};  ///< since its last change: the holder's own renewal, or one that was seen
    Duration remaining{};  ///< until it may be taken over; negative: it ran out
    std::uint32_t transitions = 0;
    Timeline timeline{};                    ///< the highest that was claimed
    std::vector<std::string> candidates{};  ///< who may take over
    bool paused = false;                    ///< but none does by itself
    bool operator==(const Lease&) const = default;
  };
  /// On the primary: one that streams from it.
  struct Standby {
    std::string pod{};
    Lsn flushed{};
    std::uint64_t lag_bytes = 0;
    /// From a commit until it is replayed there; nothing: it has all, or has not said.
    std::optional<Duration> lag{};
    bool operator==(const Standby&) const = default;
  };
  /// A replication slot of this server.
  struct Slot {
    std::string name{};
    bool active = false;
    std::optional<std::uint64_t> kept_bytes{};  ///< WAL that is kept for it
    bool operator==(const Slot&) const = default;
  };
  /// Elected mode: how often this pod began or ended to hold the Lease, for that reason.
  struct RoleChange {
    Role to = Role::standby;
    std::string reason{};
    std::uint64_t count = 0;
    bool operator==(const RoleChange&) const = default;
  };
  /// How writes of the Lease ended.
  struct LeaseWrites {
    std::uint64_t done = 0;
    std::uint64_t conflict = 0;
    std::uint64_t refused = 0;
    std::uint64_t unknown = 0;
    std::uint64_t reads_failed = 0;
    bool operator==(const LeaseWrites&) const = default;
  };

  /// A file system that PostgreSQL writes to.
  struct Volume {
    std::string name{};  ///< `data`; `wal` where pg_wal is on another one
    std::uint64_t size = 0;
    std::uint64_t available = 0;  ///< to PostgreSQL's user
    bool operator==(const Volume&) const = default;
  };

  std::string pod{};
  Mode mode = Mode::standalone;
  bool decided = false;  ///< the first decision was made

  ServerState server = ServerState::none;
  std::optional<Role> role{};  ///< of the server that runs
  std::optional<Duration> server_age{};
  bool stopping = false;  ///< the server, or this pod, is being stopped
  std::optional<Timeline> timeline{};
  std::optional<Lsn> lsn{};
  std::optional<std::string> follows{};      ///< a standby: whom
  std::optional<bool> streams{};             ///< a standby that answers: its receiver streams
  std::optional<std::uint64_t> lag_bytes{};  ///< a standby: of what its primary has, not replayed
  std::optional<Duration> lag{};             ///< a standby: so old is what it replayed last
  std::optional<std::uint64_t> lag_limit{};  ///< a standby further behind is not ready
  /// The primary that answers: who streams from it.
  std::optional<std::vector<Standby>> standbys{};
  std::optional<std::vector<Slot>> slots{};  ///< of a server that answers

  std::string reason{};  ///< of the last decision, its name
  std::string text{};    ///< the same for people; may be empty
  Duration reason_age{};
  std::optional<Action> action{};

  std::optional<Lease> lease{};
  /// Elected mode: since when this pod holds the Lease.
  std::optional<Duration> held_for{};
  /// Elected mode: until when this pod, as the holder, may let its server accept writes. Nothing:
  /// it may not.
  std::optional<Duration> in_force{};
  std::optional<LeaseWrites> lease_writes{};
  std::vector<RoleChange> role_changes{};
  /// Elected mode: when this pod last took over, how long nobody could be written to: since the
  /// last change of the Lease by the former primary that was seen here.
  std::optional<Duration> last_outage{};
  /// L6: this pod waits for that one, which does not exist yet, and which a StatefulSet with
  /// OrderedReady only creates once this pod is Ready.
  std::optional<std::string> waits_for_later{};

  std::uint64_t server_starts = 0;
  std::uint64_t promotions = 0;
  std::uint64_t orphans_reaped = 0;
  std::vector<Volume> volumes{};
  std::optional<LoopLatency> loop{};
  std::string version{};  ///< of this program
  bool operator==(const Status&) const = default;
};

/// Puts what the server's state says into the status.
void put_server(Status& status, const server::State& state, Instant now);

/// One thing that readiness depends on.
struct Check {
  std::string_view name;
  bool ok = false;
  std::string why{};  ///< a sentence without a full stop
};
struct Readiness {
  bool ok = false;
  std::string why{};  ///< of the first check that fails; else what this pod is
  std::vector<Check> checks{};
};
/// The primary: its Lease is in force and it accepts. A standby: it streams now, within the limit.
/// L6: who waits for a pod that comes later is ready, too.
[[nodiscard]] Readiness readiness(const Status& status);

/// May be written to, now.
[[nodiscard]] bool is_primary(const Status& status);
/// A standby that admits sessions, and whose lag is known and not above `most_lag` where that is
/// given. It need not stream: load balancers ask for that separately.
[[nodiscard]] bool is_replica(const Status& status, std::optional<std::uint64_t> most_lag = {});

/// `4 s`, `12 min`, `3 h`, `5 d`: rounded down.
[[nodiscard]] std::string rough(Duration duration);
/// `512 B`, `3 kB`, `16 MB`, `2 GB`: rounded down, by 1024 as PostgreSQL counts.
[[nodiscard]] std::string rough_bytes(std::uint64_t bytes);

}  // namespace core
