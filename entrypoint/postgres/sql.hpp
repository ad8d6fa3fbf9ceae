#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/lsn.hpp"
#include "postgres/session.hpp"

/// SQL texts and the rows they give. Pure but for scram_verifier's salt.
namespace postgres::sql {

[[nodiscard]] std::string identifier(std::string_view name);  ///< `"my ""db"""`
[[nodiscard]] std::string literal(
    std::string_view value);  ///< `'it''s'`, with E'' where a backslash is in it

/// `SCRAM-SHA-256$4096:…`: what PostgreSQL stores for this password, so that no clear password goes
/// into SQL, logs or pg_stat_activity. Made by libpq (salted, SASLprep included), without any
/// connection.
[[nodiscard]] std::expected<std::string, std::string> scram_verifier(const std::string& password);

/// The statements below are on one line each, so that `postgres --single` takes them too; each may
/// be repeated.
using Statements = std::vector<std::string>;
[[nodiscard]] std::string joined(
    const Statements& statements);  ///< one per line, for run() or --single's stdin

/// Keeps what follows in this session out of the server's log.
[[nodiscard]] Statements unlogged();
/// PID 1's own role: SUPERUSER LOGIN.
[[nodiscard]] Statements session_role(std::string_view role, std::string_view verifier);
/// LOGIN REPLICATION, and EXECUTE on the four functions that pg_rewind needs, nothing else
/// (pg_rewind, "Notes"). The grants are per database: run them in `postgres`.
[[nodiscard]] Statements replication_role(std::string_view role, std::string_view verifier);
[[nodiscard]] std::string set_password(std::string_view role, std::string_view verifier);

[[nodiscard]] std::string database_exists();  ///< $1: name; a row when it is there
[[nodiscard]] std::string create_database(std::string_view name);

/// A physical replication slot.
struct Slot {
  std::string name;
  bool active = false;
  std::optional<int> active_pid;
  std::string wal_status;  ///< reserved, extended, unreserved, lost; empty when it never reserved
  std::optional<core::Lsn> restart_lsn;
  bool holds_xmin = false;  ///< from a standby's hot_standby_feedback
};
[[nodiscard]] std::string list_slots();  ///< the physical, permanent ones
[[nodiscard]] std::vector<Slot> slots(const Table& table);
[[nodiscard]] std::string create_slot();  ///< $1: name
[[nodiscard]] std::string drop_slot();    ///< $1: name; drops nothing where it is gone or active
/// $1: name, $2: LSN; also on a standby, where none goes beyond what it replayed. Never backwards.
[[nodiscard]] std::string advance_slot();

/// A row of pg_stat_replication.
struct Sender {
  std::string application_name;
  std::string client_address;
  std::string state;       ///< streaming, catchup, startup, backup
  std::string sync_state;  ///< async, sync, quorum, potential
  std::optional<core::Lsn> sent, written, flushed, replayed;
};
[[nodiscard]] std::string list_senders();
[[nodiscard]] std::vector<Sender> senders(const Table& table);

/// The server's own state in one row.
struct ServerState {
  bool in_recovery = false;
  core::Lsn
      lsn;  ///< written on a primary, received (or, without a receiver, replayed) on a standby
  std::optional<core::Lsn> replayed;
  std::string receiver_status;  ///< `streaming`, or empty without a walreceiver
  std::string receiver_host;
  core::Timeline timeline;  ///< of the last checkpoint
  core::SystemId system_id;
};
[[nodiscard]] std::string server_state();
[[nodiscard]] std::optional<ServerState> parse_server_state(const Table& table);

}  // namespace postgres::sql
