#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/settings.hpp"
#include "postgres/generated_conf.hpp"

/// Who may connect to whom: pg_hba.conf, passfile and primary_conninfo, as text.
namespace postgres {

/// Our first lines in pg_hba.conf (with_block, top): PID 1's own role, on the socket alone.
/// For static mode; in standalone mode there is none, and neither are the last lines.
[[nodiscard]] std::string hba_first_lines();
/// Our last lines in pg_hba.conf (with_block, bottom): the replication role from each member and
/// from replication.allow. At the end, because a line with a host name costs a reverse look-up for
/// every connection that gets as far (hba.c checks the address before user and database), and
/// clients should match the user's lines first. Never `trust`.
[[nodiscard]] std::string hba_last_lines(const core::Settings& settings);
/// pg_hba.conf of the temporary server, whose socket is in a directory of mode 0700.
[[nodiscard]] std::string temporary_hba();
/// What initdb's pg_hba.conf gets appended once (contract clause 38, byte by byte). `method` is not
/// empty.
[[nodiscard]] std::string hba_host_lines(std::string_view method, std::string_view major);

/// libpq's conninfo for the standby's walreceiver: no password in it, `passfile` names
/// PGDATA/pgordinal.passfile.
[[nodiscard]] std::string primary_conninfo(const core::Settings& settings, const Upstream& upstream,
                                           const std::filesystem::path& pgdata);
/// The text of that file (mode 0600): one line that fits any host and port.
[[nodiscard]] std::string passfile(const core::Settings& settings);
/// conninfo's quoting: `'it\'s'`.
[[nodiscard]] std::string quote_conninfo(std::string_view value);

}  // namespace postgres
