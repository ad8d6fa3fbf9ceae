#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/elected/timing.hpp"
#include "core/identity.hpp"
#include "core/time.hpp"

namespace core {

/// Who is the primary: this server alone; the lowest ordinal; the holder of a Lease.
enum class Mode { standalone, static_primary, elected };
/// Whether there are other members, standbys of one primary.
[[nodiscard]] constexpr bool has_members(Mode mode) {
  return mode != Mode::standalone;
}

enum class LogFormat { text, json };
enum class LogLevel { debug, info, warning, error };

/// How many bytes of WAL a slot may hold back: a size, or a share of the volume that holds PGDATA.
struct SlotWalLimit {
  std::optional<std::uint64_t> bytes;  ///< nothing: 30 % of the volume
};

struct ClusterSettings {
  Mode mode = Mode::standalone;
  std::optional<Identity> identity;  ///< always there in a mode with members
  Ordinal primary{0};                ///< the StatefulSet's `ordinals.start`
  std::uint32_t max_members = 16;    ///< ordinals primary … primary + max_members - 1 are admitted
  std::optional<PodName>
      clone_from;  ///< an ordinal 0 with an empty volume clones this peer and becomes the primary
  Duration peer_timeout =
      std::chrono::seconds(5);  ///< how long an ordinal 0 with an empty volume asks its peers
};

/// Of elected mode alone.
struct ElectedSettings {
  std::string lease;  ///< the Lease's name
  elected::Timing timing;
  std::uint64_t lag_limit = std::uint64_t{16} << 20U;  ///< bytes; who is behind it is no candidate
  std::string pod_uid;                                 ///< empty: the pod's name stands for it
  std::string node_name;                               ///< for people; may be empty
  /// The members' secret for questions to one another, derived from the replication password: the
  /// current one first, then former ones, which count until every member has the new password.
  std::vector<std::string> peer_keys;
};

struct ReplicationSettings {
  std::string user = "replicator";
  std::string password;  ///< never empty with members: given, or derived from the superuser's
  std::vector<std::string>
      allow;  ///< pg_hba address fields besides the members' names (CIDR, `samenet`, `all`)
  bool hot_standby = true;  ///< false: warm standbys, which admit no reads
  SlotWalLimit max_slot_wal_keep_size;
  Duration slot_retention =
      std::chrono::minutes(5);  ///< an idle slot whose pod's name is gone is dropped after this
  std::uint32_t clone_max_rate_kib = 0;  ///< KiB/s of pg_basebackup, 0: no limit
};

/// The budgets of a stop. Their sum fits terminationGracePeriodSeconds (30 by default).
struct StopSettings {
  Duration fast =
      std::chrono::seconds(20);  ///< a fast shutdown that takes longer becomes an immediate one
  Duration immediate =
      std::chrono::seconds(5);  ///< an immediate one that takes longer becomes SIGKILL
};

struct PostgresSettings {
  std::map<std::string, std::string>
      parameters;  ///< [postgresql.parameters]: PostgreSQL's own, by name
};

/// The official image's variables, `_FILE` forms already read. Empty means unset, as there.
struct OfficialSettings {
  std::string pgdata;
  std::string user = "postgres";  ///< POSTGRES_USER: the bootstrap superuser
  std::string password;           ///< POSTGRES_PASSWORD
  std::string database;           ///< POSTGRES_DB; the user's name where unset
  std::string initdb_args;        ///< POSTGRES_INITDB_ARGS: words as a shell would split them
  std::string initdb_waldir;      ///< POSTGRES_INITDB_WALDIR
  std::string
      host_auth_method;  ///< POSTGRES_HOST_AUTH_METHOD; empty: the server's password_encryption
  std::string major;     ///< PG_MAJOR of the image
  std::uint16_t port = 5432;  ///< PGPORT
};

/// Probes, status and metrics; in elected mode also the members' questions to one another.
struct HttpSettings {
  std::uint16_t port = 0;  ///< 0: none. Never in elected mode
  std::optional<std::uint64_t> lag_limit = std::uint64_t{1}
                                           << 30U;  ///< bytes; a standby behind it is not ready
};

/// What keeps a full volume of pg_wal from being a circle of crashes.
struct VolumeSettings {
  bool keeps_reserve = true;             ///< false: nor is a primary stopped for want of room
  std::optional<std::uint64_t> reserve;  ///< bytes; nothing: three WAL segments
};

struct LogSettings {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::text;
};

/// All that the user decided, checked: no two of its values contradict each other.
struct Settings {
  ClusterSettings cluster;
  ElectedSettings elected;
  ReplicationSettings replication;
  PostgresSettings postgres;
  OfficialSettings official;
  StopSettings stop;
  VolumeSettings volume;
  HttpSettings http;
  LogSettings log;
  bool bootstrap_only =
      false;  ///< leave once there is a cluster (docker-ensure-initdb.sh), never start the server
};

}  // namespace core
