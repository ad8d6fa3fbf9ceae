#include "config/keys.hpp"

#include <algorithm>
#include <array>

#include "config/elected_keys.hpp"

namespace config {
namespace {

using namespace units;
using enum Effect;

constexpr std::array<Key, 8> cluster_keys{{
    {.id = Id::cluster_mode,
     .section = "cluster",
     .name = "mode",
     .type = Type::choice,
     .example = "\"static\"",
     .words = "standalone static elected",
     .documentation =
         "Who is the primary. \"standalone\": this server, alone. \"static\": the member with the "
         "ordinal cluster.primary_ordinal; all others are its standbys. \"elected\": the holder of "
         "a Kubernetes Lease; another member takes over where it fails. Not set: \"static\" where "
         "the host name ends in an ordinal (NAME-N), else \"standalone\"."},
    {.id = Id::cluster_ordinal,
     .section = "cluster",
     .name = "ordinal",
     .type = Type::integer,
     .example = "0",
     .least = 0,
     .most = 4294967295,
     .documentation = "This member's ordinal. Not set: the number at the end of the host name."},
    {.id = Id::cluster_pod_name,
     .section = "cluster",
     .name = "pod_name",
     .example = "\"postgresql-sfs-0\"",
     .documentation = "This member's name, NAME-N; the other members have the same NAME. Not set: "
                      "the host name. "
                      "Needed where the host name is another one (hostNetwork)."},
    {.id = Id::cluster_domain,
     .section = "cluster",
     .name = "domain",
     .example = "\"pgnodes.default.svc.cluster.local\"",
     .documentation =
         "The domain behind the members' names. Not set: the domain of this host's own name in "
         "/etc/hosts, where Kubernetes writes the headless Service's; without one, the bare names "
         "have "
         "to resolve."},
    {.id = Id::cluster_primary_ordinal,
     .section = "cluster",
     .name = "primary_ordinal",
     .type = Type::integer,
     .standard = "0",
     .least = 0,
     .most = 1000000,
     .documentation = "The lowest ordinal, which is the primary's in static mode. Set it where the "
                      "StatefulSet sets "
                      "spec.ordinals.start."},
    {.id = Id::cluster_max_members,
     .section = "cluster",
     .name = "max_members",
     .type = Type::integer,
     .standard = "16",
     .least = 1,
     .most = 128,
     .documentation =
         "How many members may ever be: the primary admits the ordinals from primary_ordinal up to "
         "primary_ordinal + max_members - 1. Where names come from hosts files alone, while a name "
         "server is configured that does not answer, set it to how many there are: a new cluster "
         "starts once every name has been looked up."},
    {.id = Id::cluster_clone_from,
     .section = "cluster",
     .name = "clone_from",
     .example = "\"postgresql-sfs-1\"",
     .documentation =
         "A way back after the primary's volume was lost: a primary with an empty volume clones "
         "this "
         "member, replays all of it and becomes the primary. Without it such a primary refuses to "
         "initialise while a member that answers holds a cluster. Remove it afterwards."},
    {.id = Id::cluster_peer_timeout,
     .section = "cluster",
     .name = "peer_timeout",
     .type = Type::duration,
     .standard = "\"5s\"",
     .least = 100,
     .most = 10 * minute,
     .documentation =
         "How long a primary with an empty volume waits for peers whose names resolve to answer "
         "whether they hold a cluster, before it initialises a new one. Raise it where pods take "
         "longer to start (images to pull, slow nodes). It does not limit the wait for a name "
         "server that gives no answer: without one nobody knows whether there are peers."},
}};

constexpr std::array<Key, 15> other_keys{{
    {.id = Id::replication_user,
     .section = "replication",
     .name = "user",
     .standard = "\"replicator\"",
     .documentation =
         "The role that standbys connect as. It is created at the primary's bootstrap and may "
         "replicate and call the four functions of pg_rewind, nothing else."},
    {.id = Id::replication_password,
     .section = "replication",
     .name = "password",
     .effect = reload,
     .secret = true,
     .environment_only = true,
     .documentation =
         "The role's password; not in this file, which is no place for a secret. Not set, and no "
         "password_file: derived from the superuser's password, which then has to be the same on "
         "all "
         "members."},
    {.id = Id::replication_password_file,
     .section = "replication",
     .name = "password_file",
     .example = "\"/run/secrets/replication-password\"",
     .effect = reload,
     .documentation = "A file with the role's password; line breaks at its end do not count."},
    {.id = Id::replication_allow,
     .section = "replication",
     .name = "allow",
     .type = Type::list,
     .standard = "[]",
     .example = "[\"10.0.0.0/8\"]",
     .effect = reload,
     .documentation = "Addresses besides the members' names from which the role may connect, as "
                      "pg_hba.conf writes "
                      "them (\"10.0.0.0/8\", \"samenet\"). Needed where the members' addresses "
                      "have no names (no "
                      "reverse look-up)."},
    {.id = Id::replication_hot_standby,
     .section = "replication",
     .name = "hot_standby",
     .type = Type::boolean,
     .standard = "true",
     .documentation = "true: standbys answer queries. false: warm standbys, which only replay."},
    {.id = Id::replication_max_slot_wal_keep_size,
     .section = "replication",
     .name = "max_slot_wal_keep_size",
     .type = Type::size,
     .standard = "\"auto\"",
     .least = 64 * mebibyte,
     .most = 1024 * tebibyte,
     .words = "auto",
     .effect = reload,
     .documentation = "How much WAL the primary keeps for a standby that is away. \"auto\": 30 % "
                      "of the volume."},
    {.id = Id::replication_slot_retention,
     .section = "replication",
     .name = "slot_retention",
     .type = Type::duration,
     .standard = "\"5min\"",
     .least = 10 * second,
     .most = 30 * day,
     .effect = reload,
     .documentation = "An unused replication slot is dropped when its member's name has not "
                      "resolved for this long: "
                      "the member was scaled away."},
    {.id = Id::replication_clone_max_rate,
     .section = "replication",
     .name = "clone_max_rate",
     .type = Type::size,
     .standard = "\"none\"",
     .least = 32 * kibibyte,
     .most = 1 * gibibyte,
     .words = "none",
     .effect = reload,
     .documentation = "How much a clone may transfer per second. \"none\": no limit."},
    {.id = Id::stop_fast_timeout,
     .section = "stop",
     .name = "fast_timeout",
     .type = Type::duration,
     .standard = "\"20s\"",
     .least = 1 * second,
     .most = 1 * hour,
     .effect = reload,
     .documentation = "A fast shutdown that takes longer becomes an immediate one. With "
                      "immediate_timeout it has to "
                      "fit the pod's terminationGracePeriodSeconds (30 unless set)."},
    {.id = Id::stop_immediate_timeout,
     .section = "stop",
     .name = "immediate_timeout",
     .type = Type::duration,
     .standard = "\"5s\"",
     .least = 1 * second,
     .most = 10 * minute,
     .effect = reload,
     .documentation = "An immediate shutdown that takes longer is ended with SIGKILL."},
    {.id = Id::volume_reserve,
     .section = "volume",
     .name = "reserve",
     .type = Type::size,
     .standard = "\"auto\"",
     .least = 16 * mebibyte,
     .most = 1 * tebibyte,
     .words = "auto none",
     .documentation =
         "A file of this size in pg_wal that is given up where that volume is full, so that the "
         "primary can be shut down or recover; without room for the next WAL file it is shut down. "
         "\"auto\": three WAL files (48 MB). \"none\": no such file, and no such shutdown."},
    {.id = Id::http_port,
     .section = "http",
     .name = "port",
     .type = Type::integer,
     .example = "8008",
     .least = 0,
     .most = 65535,
     .documentation =
         "The TCP port of probes, status and metrics; in elected mode members ask one another on "
         "it, too, so it is the same on all of them. 0: none (not in elected mode). Not set: 8008, "
         "in standalone mode none, as the official image opens no such port."},
    {.id = Id::http_lag_limit,
     .section = "http",
     .name = "lag_limit",
     .type = Type::size,
     .standard = "\"1GB\"",
     .least = 64 * kibibyte,
     .most = 1024 * tebibyte,
     .words = "none",
     .documentation =
         "A standby that has still to replay more than this of what its primary has is "
         "not ready: no Service sends it reads. \"none\": only its stream counts."},
    {.id = Id::log_level,
     .section = "log",
     .name = "level",
     .type = Type::choice,
     .standard = "\"info\"",
     .words = "debug info warning error",
     .effect = reload,
     .documentation =
         "The least important lines of pgordinal's own that are written. PostgreSQL's log is not "
         "meant."},
    {.id = Id::log_format,
     .section = "log",
     .name = "format",
     .type = Type::choice,
     .standard = "\"text\"",
     .words = "text json",
     .effect = reload,
     .documentation = "One line per event, for people or as a JSON object."},
}};

constexpr std::array<Key, key_count> table = [] {
  std::array<Key, key_count> all{};
  auto end = std::ranges::copy(cluster_keys, all.begin()).out;
  end = std::ranges::copy(elected_keys, end).out;
  std::ranges::copy(other_keys, end);
  return all;
}();

consteval bool rows_are_in_the_order_of_ids() {
  for (std::size_t row = 0; row < table.size(); ++row) {
    if (static_cast<std::size_t>(table[row].id) != row) return false;
  }
  return true;
}
static_assert(rows_are_in_the_order_of_ids());

}  // namespace

std::span<const Key, key_count> keys() {
  return table;
}

const Key& key(Id id) {
  return table[static_cast<std::size_t>(id)];
}

const Key* find_key(std::string_view section, std::string_view name) {
  const auto found = std::ranges::find_if(
      table, [&](const Key& row) { return row.section == section && row.name == name; });
  return found == table.end() ? nullptr : &*found;
}

std::string full_name(const Key& row) {
  return std::string(row.section) + "." + std::string(row.name);
}

std::string environment_variable(const Key& row) {
  std::string variable = "PGORDINAL_" + std::string(row.section) + "_" + std::string(row.name);
  for (char& c : variable) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return variable;
}

}  // namespace config
