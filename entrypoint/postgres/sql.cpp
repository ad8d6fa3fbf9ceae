#include "postgres/sql.hpp"

#include <charconv>

namespace postgres::sql {
namespace {

std::string text_at(const Row& row, std::size_t column) {
  return column < row.size() ? row[column].value_or("") : std::string();
}
bool true_at(const Row& row, std::size_t column) {
  return text_at(row, column) == "t";
}
std::optional<core::Lsn> lsn_at(const Row& row, std::size_t column) {
  return core::parse_lsn(text_at(row, column));
}

template <class Number>
std::optional<Number> number_at(const Row& row, std::size_t column) {
  const std::string text = text_at(row, column);
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

std::string doubled(std::string_view text, char mark) {
  std::string result;
  for (const char next : text) {
    if (next == mark) result += mark;
    result += next;
  }
  return result;
}

std::string create_role(std::string_view role) {
  return "DO $pgordinal$ BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = " +
         literal(role) + ") THEN CREATE ROLE " + identifier(role) + "; END IF; END $pgordinal$;";
}

}  // namespace

std::string identifier(std::string_view name) {
  return '"' + doubled(name, '"') + '"';
}

std::string literal(std::string_view value) {
  if (value.find('\\') == std::string_view::npos) return '\'' + doubled(value, '\'') + '\'';
  return " E'" + doubled(doubled(value, '\''), '\\') + '\'';
}

std::string joined(const Statements& statements) {
  std::string text;
  for (const std::string& statement : statements)
    text += statement + '\n';
  return text;
}

Statements unlogged() {
  return {"SET log_statement = 'none';", "SET log_min_duration_statement = -1;",
          "SET log_min_error_statement = 'panic';"};
}

Statements session_role(std::string_view role, std::string_view verifier) {
  return {create_role(role), "ALTER ROLE " + identifier(role) + " WITH SUPERUSER LOGIN PASSWORD " +
                                 literal(verifier) + ';'};
}

Statements replication_role(std::string_view role, std::string_view verifier) {
  Statements statements{create_role(role), "ALTER ROLE " + identifier(role) +
                                               " WITH LOGIN REPLICATION PASSWORD " +
                                               literal(verifier) + ';'};
  for (const std::string_view function :
       {"pg_ls_dir(text, boolean, boolean)", "pg_stat_file(text, boolean)",
        "pg_read_binary_file(text)", "pg_read_binary_file(text, bigint, bigint, boolean)"}) {
    statements.push_back("GRANT EXECUTE ON FUNCTION pg_catalog." + std::string(function) + " TO " +
                         identifier(role) + ';');
  }
  return statements;
}

std::string set_password(std::string_view role, std::string_view verifier) {
  return "ALTER ROLE " + identifier(role) + " PASSWORD " + literal(verifier) + ';';
}

std::string database_exists() {
  return "SELECT 1 FROM pg_catalog.pg_database WHERE datname = $1";
}
std::string create_database(std::string_view name) {
  return "CREATE DATABASE " + identifier(name) + ';';
}

std::string list_slots() {
  return "SELECT slot_name, active, active_pid, wal_status, restart_lsn, xmin IS NOT NULL FROM "
         "pg_catalog.pg_replication_slots "
         "WHERE slot_type = 'physical' AND NOT temporary ORDER BY slot_name";
}

std::vector<Slot> slots(const Table& table) {
  std::vector<Slot> list;
  list.reserve(table.rows.size());
  for (const Row& row : table.rows) {
    list.push_back({.name = text_at(row, 0),
                    .active = true_at(row, 1),
                    .active_pid = number_at<int>(row, 2),
                    .wal_status = text_at(row, 3),
                    .restart_lsn = lsn_at(row, 4),
                    .holds_xmin = true_at(row, 5)});
  }
  return list;
}

std::string create_slot() {
  return "SELECT pg_catalog.pg_create_physical_replication_slot($1, true) WHERE NOT EXISTS "
         "(SELECT FROM pg_catalog.pg_replication_slots WHERE slot_name = $1)";
}

std::string drop_slot() {
  return "SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM "
         "pg_catalog.pg_replication_slots "
         "WHERE slot_name = $1 AND slot_type = 'physical' AND NOT active";
}

std::string advance_slot() {
  return "SELECT pg_catalog.pg_replication_slot_advance(slot_name, $2::pg_lsn) FROM "
         "pg_catalog.pg_replication_slots WHERE slot_name = $1 AND slot_type = 'physical' "
         "AND NOT active AND restart_lsn < CASE WHEN pg_catalog.pg_is_in_recovery() "
         "THEN least($2::pg_lsn, pg_catalog.pg_last_wal_replay_lsn()) ELSE $2::pg_lsn END";
}

std::string list_senders() {
  return "SELECT application_name, client_addr, state, sync_state, sent_lsn, write_lsn, flush_lsn, "
         "replay_lsn "
         "FROM pg_catalog.pg_stat_replication ORDER BY application_name";
}

std::vector<Sender> senders(const Table& table) {
  std::vector<Sender> list;
  list.reserve(table.rows.size());
  for (const Row& row : table.rows) {
    list.push_back({.application_name = text_at(row, 0),
                    .client_address = text_at(row, 1),
                    .state = text_at(row, 2),
                    .sync_state = text_at(row, 3),
                    .sent = lsn_at(row, 4),
                    .written = lsn_at(row, 5),
                    .flushed = lsn_at(row, 6),
                    .replayed = lsn_at(row, 7)});
  }
  return list;
}

std::string server_state() {
  return "SELECT r.in_recovery, "
         "CASE WHEN r.in_recovery THEN coalesce(pg_last_wal_receive_lsn(), "
         "pg_last_wal_replay_lsn()) "
         "ELSE pg_current_wal_lsn() END, "
         "pg_last_wal_replay_lsn(), w.status, w.sender_host, c.timeline_id, s.system_identifier "
         "FROM (SELECT pg_is_in_recovery() AS in_recovery) r CROSS JOIN pg_control_checkpoint() c "
         "CROSS JOIN pg_control_system() s LEFT JOIN pg_stat_wal_receiver w ON true";
}

std::optional<ServerState> parse_server_state(const Table& table) {
  if (table.rows.size() != 1) return std::nullopt;
  const Row& row = table.rows[0];
  const auto system_id = core::parse_system_id(text_at(row, 6));
  const auto timeline = number_at<std::uint32_t>(row, 5);
  if (!system_id || !timeline) return std::nullopt;
  return ServerState{.in_recovery = true_at(row, 0),
                     .lsn = lsn_at(row, 1).value_or(core::Lsn{}),
                     .replayed = lsn_at(row, 2),
                     .receiver_status = text_at(row, 3),
                     .receiver_host = text_at(row, 4),
                     .timeline = {*timeline},
                     .system_id = *system_id};
}

}  // namespace postgres::sql
