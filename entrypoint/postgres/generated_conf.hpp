#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/facts.hpp"
#include "core/settings.hpp"
#include "postgres/conf_text.hpp"

/// The settings that we give PostgreSQL: pure text, from the user's settings and the role.
namespace postgres {

/// Whom a standby follows.
struct Upstream {
  std::string address;  ///< the primary's name, core::Identity::address(…)
  std::uint16_t port = 5432;
};

struct IncludeFacts {
  core::Role role = core::Role::primary;
  std::optional<Upstream> upstream = {};  ///< of a standby
  std::filesystem::path pgdata = {};      ///< absolute: primary_conninfo names the passfile in it
  Parameters user = {};  ///< set by the user's postgresql.conf and by the command line together
  std::uint64_t volume_bytes =
      0;  ///< 0: unknown, then max_slot_wal_keep_size is only set when configured
  /// PostgreSQL 14 and later, on a kernel whose syncfs() tells errors (Linux 5.8).
  bool syncs_by_file_system = false;
};

/// The text of PGDATA/pgordinal.conf. Standalone: listen_addresses where nobody set it, then
/// [postgresql.parameters]. Static: our defaults, the user's parameters, then what must be ours.
/// Ends with a newline.
[[nodiscard]] std::string render_include(const core::Settings& settings, const IncludeFacts& facts);

/// The lines of the block at the end of the user's postgresql.conf: `include_if_exists =
/// 'pgordinal.conf'`.
[[nodiscard]] std::string include_block();
/// PGDATA/pgordinal.main.conf for `-c config_file=X` outside PGDATA: includes X, then ours by
/// absolute path.
[[nodiscard]] std::string render_main_conf(const std::filesystem::path& users_file,
                                           const std::filesystem::path& pgdata);

}  // namespace postgres
