#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// Reads what the user decided (TOML, environment, the official image's variables) into
/// core::Settings.
namespace config {

/// Every key that a user may set, in the order of the table in keys.cpp and of
/// config/pgordinal.toml.
enum class Id : std::uint8_t {
  cluster_mode,
  cluster_ordinal,
  cluster_pod_name,
  cluster_domain,
  cluster_primary_ordinal,
  cluster_max_members,
  cluster_clone_from,
  cluster_peer_timeout,
  elected_lease,
  elected_lease_duration,
  elected_renew_interval,
  elected_demote_after,
  elected_fence_after,
  elected_request_timeout,
  elected_lag_limit,
  elected_pod_uid,
  elected_node_name,
  replication_user,
  replication_password,
  replication_password_file,
  replication_allow,
  replication_hot_standby,
  replication_max_slot_wal_keep_size,
  replication_slot_retention,
  replication_clone_max_rate,
  stop_fast_timeout,
  stop_immediate_timeout,
  volume_reserve,
  http_port,
  http_lag_limit,
  log_level,
  log_format,
};
inline constexpr std::size_t key_count = 32;

enum class Type : std::uint8_t { text, boolean, integer, duration, size, choice, list };

/// What a changed value needs: nothing but a reload of the running PID 1, or a restart of the pod.
enum class Effect : std::uint8_t { reload, restart };

/// One row of the table from which the loader, config/pgordinal.toml and `--help` are made.
struct Key {
  Id id;
  std::string_view section;
  std::string_view name;
  Type type = Type::text;
  std::string_view
      standard{};  ///< the default, as TOML; empty: there is none, or it depends (see `example`)
  std::string_view
      example{};           ///< the value that the documented file shows where there is no default
  std::int64_t least = 0;  ///< integer: itself; duration: milliseconds; size: bytes
  std::int64_t most = 0;
  std::string_view
      words{};  ///< choice: the values; size: words allowed besides a size. Separated by spaces
  Effect effect = Effect::restart;
  bool secret = false;            ///< never printed
  bool environment_only = false;  ///< refused in the file
  std::string_view documentation{};
};

[[nodiscard]] std::span<const Key, key_count> keys();
[[nodiscard]] const Key& key(Id id);
[[nodiscard]] const Key* find_key(std::string_view section, std::string_view name);  ///< or nullptr

[[nodiscard]] std::string full_name(const Key& row);             ///< `stop.fast_timeout`
[[nodiscard]] std::string environment_variable(const Key& row);  ///< `PGORDINAL_STOP_FAST_TIMEOUT`
[[nodiscard]] std::string expectation(
    const Key& row);  ///< `a duration from "1s" to "1h", such as "20s"`

/// The text of config/pgordinal.toml: each key with its documentation and default, all commented
/// out.
[[nodiscard]] std::string documented_file();
/// The README's table of settings, in Markdown.
[[nodiscard]] std::string readme_table();
/// The table for `--help`: one line per key, with its variable and default.
[[nodiscard]] std::string help();

}  // namespace config
