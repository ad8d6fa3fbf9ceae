#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>

#include "core/directory.hpp"
#include "core/exit_status.hpp"
#include "core/identity.hpp"
#include "core/lsn.hpp"
#include "core/order.hpp"
#include "core/rejoin_choice.hpp"
#include "core/time.hpp"
#include "core/wal_room.hpp"

/// What was observed. runtime fills these; decide() reads them; nothing here acts.
namespace core {

/// How a stop was asked for. `well`: SIGTERM and SIGINT, a fast shutdown. `immediate`: SIGQUIT.
enum class StopMode : std::uint8_t { well, immediate };

struct StopRequest {
  StopMode mode = StopMode::well;
  int signal = 0;  ///< the first one; names the exit status where no server ran
  Instant at;      ///< when the first request of this mode came
  bool operator==(const StopRequest&) const = default;
};

/// The status line of postmaster.pid (miscadmin.h, PM_STATUS_*).
enum class ServerPhase : std::uint8_t { starting, ready, standby, stopping };

/// Who the server is: as it was started, until a promotion.
enum class Role : std::uint8_t { primary, standby };

namespace server {
/// Not started by this process yet.
struct Absent {
  bool operator==(const Absent&) const = default;
};
struct Running {
  Role role = Role::primary;
  ServerPhase phase = ServerPhase::starting;
  Instant since;  ///< when it was spawned
  /// A standby: the primary was given more of what a standby needs as much of, so replay waits
  /// until this server is started anew.
  bool below_primary = false;
  bool operator==(const Running&) const = default;
};
/// Reaped. The directory in the same snapshot was looked at after that.
struct Ended {
  ExitStatus status;
  bool operator==(const Ended&) const = default;
};
using State = std::variant<Absent, Running, Ended>;
}  // namespace server

/// What a peer's PostgreSQL port said.
namespace peer {
enum class Silence : std::uint8_t {
  unresolved,     ///< the resolver says that there is no such name: no such pod now
  lookup_failed,  ///< the resolver did not say (DNS is down or slow): nobody knows whether there is
                  ///< such a pod
  refused,        ///< the host is up, nothing listens
  unreachable,    ///< no answer in time
};
/// A server is there and did not let us in: it holds a cluster all the same.
enum class Refusal : std::uint8_t {
  bad_password,
  no_hba_entry,
  not_accepting,  ///< starting up, shutting down, or a warm standby
  other,
};
/// pgordinal itself answered in the server's place: its volume is empty and it waits for the
/// primary.
struct WithoutData {
  bool operator==(const WithoutData&) const = default;
};
struct Serves {
  SystemId system_id;
  Timeline timeline;
  Lsn lsn;
  bool operator==(const Serves&) const = default;
};
using Answer = std::variant<Silence, Refusal, WithoutData, Serves>;
/// Whether this answer proves that the peer's volume holds a cluster (S4).
[[nodiscard]] bool holds_cluster(const Answer& answer);
}  // namespace peer

/// The work that takes long and of which there is one at a time.
enum class LongKind : std::uint8_t {
  discard,    ///< clear what an unfinished bootstrap left
  bootstrap,  ///< initdb, roles, database, init files
  adopt,      ///< give an existing cluster the role of our own session
  clone,      ///< pg_basebackup
  promote,    ///< a standby into the primary
  start,      ///< write the configuration and spawn the server: short, but it fails like the others
};

struct LongResult {
  LongKind kind = LongKind::bootstrap;
  bool ok = false;
  int exit_code = 1;    ///< for the container, where `ok` is false and the failure ends it
  std::string message;  ///< what failed and what to do, where `ok` is false
  bool operator==(const LongResult&) const = default;
};

/// All that decide() may look at.
struct Snapshot {
  Instant now;
  directory::Content directory;  ///< as of the start, or the end of the last long action or server
  std::string server_major;  ///< of the postgres program; empty: it matches what PG_VERSION says
  server::State server;
  std::optional<LongResult> finished;  ///< the end of the long action, until a decision has seen it
  std::map<Ordinal, Seen<peer::Answer>> peers;  ///< the last answer of each peer that was asked
  std::optional<StopRequest> stop;
  bool reload = false;  ///< SIGHUP came, or a file of the settings changed, and no decision has
                        ///< reloaded since
  std::optional<OrderGiven> order{};  ///< of an operator; until a decision has seen it
  /// Whether the roles have the passwords of the settings, when the primary was last made to see to
  /// it.
  std::optional<Seen<bool>> passwords_hold;
  /// Of a standby that has replayed all that is on its disk and does not stream, when its slot was
  /// last seen to. Nothing: it streams, or nobody could tell.
  std::optional<Seen<rejoin::Facts>> cannot_stream;
  /// Nothing: the volume does not tell, or is not looked after (volume.reserve = "none").
  std::optional<WalRoom> wal_room = {};
  /// Its own server said a few seconds ago that this standby's WAL receiver streams.
  bool streams = false;
};

}  // namespace core
