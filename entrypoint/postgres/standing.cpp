#include "postgres/standing.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "postgres/sql.hpp"

namespace postgres {
namespace {

namespace asio = boost::asio;

/// Columns of the query, in its order.
enum Column : std::size_t {
  in_recovery,
  wal_file,
  flushed,
  replay_timeline,
  all_replayed,
  receiver_status,
  receiver_timeline,
  receiver_host,
  sender_pid,
  sender_name,
  sender_address,
  sender_state,
  sender_flushed,
  upstream_end,
  replayed,
  sender_lag,
  replay_age,
  slots,
  column_count,
};

template <class Number>
std::optional<Number> number_of(std::string_view text, int base = 10) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string text_at(const Row& row, Column column) {
  return row[column].value_or("");
}

std::optional<core::Timeline> timeline_at(const Row& row, Column column) {
  const auto number = number_of<std::uint32_t>(text_at(row, column));
  if (!number) return std::nullopt;
  return core::Timeline{*number};
}

/// Of a WAL file's name: its first eight digits.
std::optional<core::Timeline> timeline_of_wal_file(const std::string& name) {
  const auto number = number_of<std::uint32_t>(std::string_view(name).substr(0, 8), 16);
  if (!number) return std::nullopt;
  return core::Timeline{*number};
}

/// Of a number of microseconds. Clocks of two machines: an age below 0 is none. More than a century
/// is no age.
std::optional<core::Duration> age_at(const Row& row, Column column) {
  const auto number = row[column] ? number_of<std::int64_t>(*row[column]) : std::nullopt;
  constexpr std::chrono::microseconds century = std::chrono::years(100);
  if (!number || *number > century.count()) return std::nullopt;
  return std::chrono::microseconds(std::max<std::int64_t>(*number, 0));
}

std::unexpected<std::string> not_understood(const Row& row, Column column) {
  return std::unexpected("the server's answer about where it stands cannot be understood: column " +
                         std::to_string(column) + " is \"" + text_at(row, column) + "\"");
}

std::expected<Sender, std::string> sender_in(const Row& row) {
  const auto pid = number_of<pid_t>(text_at(row, sender_pid));
  if (!pid) return not_understood(row, sender_pid);
  const auto flushed_there = core::parse_lsn(text_at(row, sender_flushed));
  if (!flushed_there && row[sender_flushed]) return not_understood(row, sender_flushed);
  return Sender{.pod = {text_at(row, sender_name)},
                .pid = *pid,
                .client_addr = text_at(row, sender_address),
                .streaming = text_at(row, sender_state) == "streaming",
                .flushed = flushed_there.value_or(core::Lsn{}),
                .replay_lag = age_at(row, sender_lag)};
}

/// `name:true:0/3000060`, one behind the other; a slot's name has neither blanks nor colons.
std::expected<std::vector<SlotState>, std::string> slots_in(const Row& row) {
  std::vector<SlotState> all;
  std::istringstream words(text_at(row, slots));
  for (std::string word; words >> word;) {
    const auto first = word.find(':');
    const auto second = first == std::string::npos ? first : word.find(':', first + 1);
    if (second == std::string::npos) return not_understood(row, slots);
    const std::string from = word.substr(second + 1);
    const auto keeps_from = core::parse_lsn(from);
    if (!keeps_from && !from.empty()) return not_understood(row, slots);
    all.push_back({.name = word.substr(0, first),
                   .active = word.substr(first + 1, second - first - 1) == "true",
                   .keeps_from = keeps_from});
  }
  return all;
}

/// What the session is told once. A user's log_statement would write a line for each question, and
/// his idle_session_timeout would end it.
std::string preparation() {
  sql::Statements statements = sql::unlogged();
  statements.emplace_back("SET log_duration = off;");
  statements.emplace_back(
      "SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings "
      "WHERE name = 'idle_session_timeout';");
  statements.push_back("PREPARE pgordinal_standing AS " + standing_query() + ";");
  return sql::joined(statements);
}

}  // namespace

std::string standing_query() {
  // Whether it is in recovery is asked once; the volatile function keeps the planner from asking
  // for each use. Of the two WAL functions one fails on a primary's question, one on a standby's:
  // CASE evaluates only the branch that it takes.
  return "SELECT p.in_recovery, "
         "CASE WHEN p.in_recovery THEN NULL ELSE "
         "pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_flush_lsn()) END, "
         "CASE WHEN p.in_recovery THEN "
         "greatest(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn()) "
         "ELSE pg_catalog.pg_current_wal_flush_lsn() END, "
         "CASE WHEN p.in_recovery THEN "
         "(SELECT greatest(c.timeline_id, r.min_recovery_end_timeline) "
         "FROM pg_catalog.pg_control_checkpoint() c, pg_catalog.pg_control_recovery() r) END, "
         "p.all_replayed, "
         "w.status, w.received_tli, w.sender_host, "
         "s.pid, s.application_name, s.client_addr, s.state, s.flush_lsn, "
         "w.latest_end_lsn, CASE WHEN p.in_recovery THEN pg_catalog.pg_last_wal_replay_lsn() END, "
         "(1000000 * extract(epoch FROM s.replay_lag))::bigint, CASE WHEN p.in_recovery THEN CASE "
         "WHEN "
         "pg_catalog.pg_last_wal_receive_lsn() <= pg_catalog.pg_last_wal_replay_lsn() THEN 0 ELSE "
         "(1000000 * extract(epoch FROM pg_catalog.clock_timestamp() - "
         "pg_catalog.pg_last_xact_replay_timestamp()))::bigint END END, "
         "(SELECT pg_catalog.string_agg(l.slot_name || ':' || l.active || ':' || "
         "coalesce(l.restart_lsn::text, ''), ' ') FROM pg_catalog.pg_replication_slots l) "
         // Before the positions are read: what was replayed in between must not be missed. A WAL
         // receiver is asked for, and the startup process waits for more, only at the end of what
         // there is in pg_wal (WaitForWALToBecomeAvailable, xlogrecovery.c).
         "FROM (SELECT r.in_recovery, CASE "
         "WHEN NOT r.in_recovery OR pg_catalog.pg_last_wal_receive_lsn() IS NOT NULL THEN true "
         "ELSE EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.backend_type = 'startup' "
         "AND a.wait_event IN ('RecoveryWalStream', 'RecoveryRetrieveRetryInterval')) "
         "END AS all_replayed "
         "FROM (SELECT pg_catalog.pg_is_in_recovery() AS in_recovery) r) p "
         "LEFT JOIN pg_catalog.pg_stat_wal_receiver w ON p.in_recovery "
         "LEFT JOIN pg_catalog.pg_stat_replication s ON true";
}

std::expected<Standing, std::string> parse_standing(const Table& table, core::Timeline known) {
  if (table.rows.empty() || table.columns.size() != column_count)
    return std::unexpected("the server's answer about where it stands has no row");
  const Row& first = table.rows.front();
  Standing standing;
  const std::string recovery = text_at(first, in_recovery);
  if (recovery != "t" && recovery != "f") return not_understood(first, in_recovery);
  standing.in_recovery = recovery == "t";
  const auto lsn = core::parse_lsn(text_at(first, flushed));
  // A standby that has replayed nothing yet since its start has none.
  if (!lsn && (first[flushed] || !standing.in_recovery)) return not_understood(first, flushed);
  standing.flushed = lsn.value_or(core::Lsn{});
  const std::string all = text_at(first, all_replayed);
  if (all != "t" && all != "f") return not_understood(first, all_replayed);
  standing.replayed = all == "t";
  standing.streams = text_at(first, receiver_status) == "streaming";
  if (const std::string host = text_at(first, receiver_host); !host.empty())
    standing.upstream_host = host;
  const auto end = core::parse_lsn(text_at(first, upstream_end));
  const auto done = core::parse_lsn(text_at(first, replayed));
  if (end && done) standing.replay_lag = *end > *done ? end->bytes - done->bytes : 0;
  const Column source = !standing.in_recovery      ? wal_file
                        : first[receiver_timeline] ? receiver_timeline
                                                   : replay_timeline;
  const auto timeline = source == wal_file ? timeline_of_wal_file(text_at(first, wal_file))
                                           : timeline_at(first, source);
  if (!timeline) return not_understood(first, source);
  standing.timeline = source == replay_timeline ? std::max(*timeline, known) : *timeline;
  standing.replay_age = age_at(first, replay_age);
  auto kept = slots_in(first);
  if (!kept) return std::unexpected(kept.error());
  standing.slots = std::move(*kept);
  for (const Row& row : table.rows) {
    if (!row[sender_pid]) continue;
    auto sender = sender_in(row);
    if (!sender) return std::unexpected(sender.error());
    standing.senders.push_back(std::move(*sender));
  }
  return standing;
}

void StandingPoll::forget() {
  session_.reset();
  received_ = {};
}

asio::awaitable<std::expected<Standing, SqlError>> StandingPoll::ask(core::Timeline control,
                                                                     core::Duration limit) {
  auto standing = co_await ask_session(control, limit);
  if (!standing) {
    session_.reset();
    if (standing.error().kind != SqlError::Kind::timed_out) received_ = {};
  }
  co_return standing;
}

asio::awaitable<std::expected<Standing, SqlError>> StandingPoll::ask_session(core::Timeline control,
                                                                             core::Duration limit) {
  std::optional<core::Duration> left = limit;
  if (!session_) {
    auto opened = co_await connect_(limit);
    if (!opened) co_return std::unexpected(opened.error());
    session_ = std::move(*opened);
    left.reset();  // what connecting left of it
    const auto prepared = co_await session_->run(preparation(), left);
    if (!prepared) co_return std::unexpected(prepared.error());
  }
  const auto table = co_await session_->run("EXECUTE pgordinal_standing", left);
  if (!table) co_return std::unexpected(table.error());
  auto standing = parse_standing(*table, std::max(control, received_));
  if (!standing) {
    co_return std::unexpected(SqlError{
        .kind = SqlError::Kind::server_error, .sqlstate = {}, .message = standing.error()});
  }
  received_ = standing->timeline;
  co_return std::move(*standing);
}

}  // namespace postgres
