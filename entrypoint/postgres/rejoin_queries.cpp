#include "postgres/rejoin_queries.hpp"

#include <charconv>
#include <utility>

#include "postgres/sql.hpp"
#include "postgres/timelines.hpp"

namespace postgres {
namespace {

std::string text_of(const Row& row, std::size_t column) {
  return row[column].value_or("");
}

std::optional<std::uint64_t> number_of(std::string_view text, int base) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::unexpected<std::string> not_understood(std::string_view what) {
  return std::unexpected("the server's answer about " + std::string(what) +
                         " cannot be understood");
}

/// The last 16 digits of a segment's name: of the WAL's 4 GiB, and of the segment in them.
std::optional<core::Lsn> begin_of_segment(std::string_view digits, std::uint64_t segment) {
  if (digits.size() != 16) return std::nullopt;
  const auto high = number_of(digits.substr(0, 8), 16);
  const auto low = number_of(digits.substr(8), 16);
  if (!high || !low) return std::nullopt;
  return core::Lsn{(*high << 32U) + *low * segment};
}

}  // namespace

std::string own_stream_query() {
  return "SELECT coalesce((SELECT status FROM pg_catalog.pg_stat_wal_receiver), '') = 'streaming', "
         "EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE backend_type = 'startup' AND "
         "wait_event = 'RecoveryRetrieveRetryInterval'), "
         "pg_catalog.pg_last_wal_replay_lsn(), "
         "greatest(pg_catalog.pg_last_wal_replay_lsn(), pg_catalog.pg_last_wal_receive_lsn()), "
         "(SELECT system_identifier FROM pg_catalog.pg_control_system()), "
         "greatest((SELECT timeline_id FROM pg_catalog.pg_control_checkpoint()), (SELECT "
         "min_recovery_end_timeline FROM pg_catalog.pg_control_recovery()), (SELECT received_tli "
         "FROM pg_catalog.pg_stat_wal_receiver))";
}

std::expected<OwnStream, std::string> parse_own_stream(const Table& table) {
  constexpr std::string_view what = "its stream";
  if (table.rows.size() != 1 || table.rows[0].size() != 6) return not_understood(what);
  const Row& row = table.rows[0];
  const auto replayed = core::parse_lsn(text_of(row, 2));
  const auto flushed = core::parse_lsn(text_of(row, 3));
  const auto system_id = core::parse_system_id(text_of(row, 4));
  const auto timeline = number_of(text_of(row, 5), 10);
  if (!replayed || !flushed || !system_id || !timeline) return not_understood(what);
  return OwnStream{.streams = text_of(row, 0) == "t",
                   .starves = text_of(row, 1) == "t",
                   .replayed = *replayed,
                   .flushed = *flushed,
                   .system_id = *system_id,
                   .timeline = {static_cast<std::uint32_t>(*timeline)}};
}

std::string primary_wal_query(std::string_view slot, core::Timeline timeline) {
  // Segments of any timeline: PostgreSQL removes them in the order of their positions.
  return "SELECT (SELECT min(right(name, 16)) FROM pg_catalog.pg_ls_dir('pg_wal', true, false) AS "
         "name WHERE name ~ '^[0-9A-F]{24}$'), "
         "pg_catalog.pg_size_bytes(pg_catalog.current_setting('wal_segment_size')), "
         "EXISTS (SELECT FROM pg_catalog.pg_replication_slots WHERE slot_name = " +
         sql::literal(slot) +
         "::name AND wal_status = 'lost'), "
         "EXISTS (SELECT FROM pg_catalog.pg_replication_slots WHERE slot_name = " +
         sql::literal(slot) +
         "::name AND active), "
         "pg_catalog.convert_from(pg_catalog.pg_read_binary_file('pg_wal/' || "
         "upper(lpad(to_hex(" +
         std::to_string(timeline.number) + "), 8, '0')) || '.history', 0, 1000000, true), 'UTF8')";
}

std::expected<PrimaryWal, std::string> parse_primary_wal(const Table& table,
                                                         core::Timeline timeline) {
  constexpr std::string_view what = "its WAL";
  if (table.rows.size() != 1 || table.rows[0].size() != 5) return not_understood(what);
  const Row& row = table.rows[0];
  PrimaryWal wal{.oldest = {},
                 .slot_lost = text_of(row, 2) == "t",
                 .slot_active = text_of(row, 3) == "t",
                 .history = {}};
  const auto segment = number_of(text_of(row, 1), 10);
  if (!segment) return not_understood(what);
  if (row[0]) {
    wal.oldest = begin_of_segment(text_of(row, 0), *segment);
    if (!wal.oldest) return not_understood(what);
  }
  auto history = parse_history(text_of(row, 4), timeline);
  if (!history) return std::unexpected("the primary's timeline history: " + history.error());
  wal.history = *std::move(history);
  return wal;
}

}  // namespace postgres
