#include "postgres/peer.hpp"

#include <array>
#include <charconv>

#include "postgres/placeholder.hpp"
#include "postgres/sql.hpp"

namespace postgres {
namespace {

namespace asio = boost::asio;

constexpr std::array<std::string_view, 10> kind_texts{"its name does not resolve",
                                                      "its name cannot be looked up",
                                                      "connection refused",
                                                      "unreachable",
                                                      "its volume is empty",
                                                      "it does not take our replication password",
                                                      "its pg_hba.conf does not let us in",
                                                      "it does not accept connections now",
                                                      "it answered with an error",
                                                      "it answers"};
static_assert(kind_texts.size() == static_cast<std::size_t>(PeerKind::answers) + 1);

constexpr std::string_view undefined_object = "42704";
constexpr std::string_view duplicate_object = "42710";
constexpr std::string_view object_in_use = "55006";
constexpr std::string_view configuration_limit_exceeded = "53400";
constexpr std::string_view invalid_catalog_name = "3D000";

PeerKind kind_of(const SqlError& error) {
  switch (error.kind) {
    case SqlError::Kind::unresolved: return PeerKind::unresolved;
    case SqlError::Kind::lookup_failed: return PeerKind::lookup_failed;
    case SqlError::Kind::refused: return PeerKind::refused;
    case SqlError::Kind::cannot_connect:
    case SqlError::Kind::timed_out: return PeerKind::unreachable;
    case SqlError::Kind::bad_password: return PeerKind::bad_password;
    case SqlError::Kind::rejected_by_hba: return PeerKind::rejected_by_hba;
    case SqlError::Kind::starting_up:
      return error.message.starts_with(without_data_text) ? PeerKind::without_data
                                                          : PeerKind::not_accepting;
    case SqlError::Kind::shutting_down: return PeerKind::not_accepting;
    case SqlError::Kind::server_error: return PeerKind::failed;
  }
  return PeerKind::failed;
}

PeerAnswer failure(const SqlError& error) {
  PeerAnswer answer;
  answer.kind = kind_of(error);
  answer.detail = error.message;
  return answer;
}

/// Columns systemid, timeline, xlogpos, dbname (PostgreSQL, "Streaming Replication Protocol").
PeerAnswer identified(const Session& session, const Table& table) {
  PeerAnswer answer;
  answer.kind = PeerKind::failed;
  answer.detail = "IDENTIFY_SYSTEM was answered in an unknown form";
  if (table.rows.size() != 1 || table.rows[0].size() < 3) return answer;
  const Row& row = table.rows[0];
  const auto system_id = core::parse_system_id(row[0].value_or(""));
  const auto lsn = core::parse_lsn(row[2].value_or(""));
  const std::string timeline = row[1].value_or("");
  const auto [end, error] =
      std::from_chars(timeline.data(), timeline.data() + timeline.size(), answer.timeline.number);
  if (!system_id || !lsn || error != std::errc()) return answer;
  answer.kind = PeerKind::answers;
  answer.detail.clear();
  answer.system_id = *system_id;
  answer.lsn = *lsn;
  answer.server_major = session.server_major();
  const std::string standby = session.parameter("in_hot_standby");
  if (!standby.empty()) answer.in_recovery = standby == "on";
  return answer;
}

/// A server that would talk to a walsender without a database all the same.
bool admits_no_sql(const SqlError& error) {
  return error.sqlstate == invalid_catalog_name || error.kind == SqlError::Kind::starting_up ||
         error.kind == SqlError::Kind::rejected_by_hba;
}

SlotAnswer slot_failure(const SqlError& error) {
  SlotOutcome outcome = SlotOutcome::failed;
  if (error.sqlstate == object_in_use) outcome = SlotOutcome::in_use;
  if (error.sqlstate == configuration_limit_exceeded) outcome = SlotOutcome::no_slot;
  return {.outcome = outcome, .detail = error.message, .error = error};
}

}  // namespace

std::string_view to_text(PeerKind kind) {
  return kind_texts[static_cast<std::size_t>(kind)];
}

bool cluster_is_there(PeerKind kind) {
  return kind >= PeerKind::bad_password;
}

asio::awaitable<PeerAnswer> ask_peer(Login login, core::Duration limit) {
  login.replication = true;
  auto session = co_await Session::connect(std::move(login), limit);
  if (!session) co_return failure(session.error());
  PeerSession peer{.session = std::move(*session)};
  co_return co_await identify(peer);
}

asio::awaitable<PeerAnswer> identify(PeerSession& peer) {
  const auto table = co_await peer.session.run("IDENTIFY_SYSTEM", std::nullopt);
  if (!table) co_return failure(table.error());
  co_return identified(peer.session, *table);
}

asio::awaitable<std::expected<PeerSession, PeerAnswer>> talk_to_peer(Login login,
                                                                     core::Duration limit) {
  login.replication = true;
  login.with_sql = true;
  auto session = co_await Session::connect(login, limit);
  const bool sql = session.has_value();
  if (!session && admits_no_sql(session.error())) {
    login.with_sql = false;
    session = co_await Session::connect(std::move(login), limit);
  }
  if (!session) co_return std::unexpected(failure(session.error()));
  co_return PeerSession{.session = std::move(*session), .sql = sql};
}

namespace {

constexpr SlotOutcome ready = SlotOutcome::ready;

/// In SQL, where a slot that is there already is no error in the server's log. By literals: a
/// walsender takes no parameters.
asio::awaitable<SlotAnswer> ensure_by_sql(Session& session, std::string slot, SlotNeed need) {
  const std::string name = sql::literal(slot) + "::name";
  std::string drop =
      "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = " +
      name;
  // Nobody can ever stream from a lost one again, not even where the WAL is still there.
  if (need == SlotNeed::keep) drop += " AND wal_status = 'lost' AND NOT active";
  const auto dropped = co_await session.run(std::move(drop), std::nullopt);
  if (!dropped) co_return slot_failure(dropped.error());
  const auto created = co_await session.run(
      "SELECT pg_create_physical_replication_slot(" + name +
          ", true) WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = " + name +
          ")",
      std::nullopt);
  if (!created) co_return slot_failure(created.error());
  co_return SlotAnswer{.outcome = ready, .detail = {}, .error = std::nullopt};
}

/// In the replication protocol, which needs no database.
asio::awaitable<SlotAnswer> ensure_by_command(Session& session, std::string slot, SlotNeed need) {
  if (need == SlotNeed::fresh) {
    const auto dropped =
        co_await session.run("DROP_REPLICATION_SLOT " + sql::identifier(slot), std::nullopt);
    if (!dropped && dropped.error().sqlstate != undefined_object)
      co_return slot_failure(dropped.error());
  }
  const auto created = co_await session.run(
      "CREATE_REPLICATION_SLOT " + sql::identifier(slot) + " PHYSICAL RESERVE_WAL", std::nullopt);
  if (!created && created.error().sqlstate != duplicate_object)
    co_return slot_failure(created.error());
  co_return SlotAnswer{.outcome = ready, .detail = {}, .error = std::nullopt};
}

}  // namespace

asio::awaitable<SlotAnswer> ensure_slot(Login login, std::string slot, SlotNeed need,
                                        core::Duration limit) {
  auto session = co_await Session::connect(login, limit);
  if (session) co_return co_await ensure_by_sql(*session, std::move(slot), need);
  if (session.error().sqlstate != invalid_catalog_name) co_return slot_failure(session.error());
  login.replication = true;
  session = co_await Session::connect(std::move(login), limit);
  if (!session) co_return slot_failure(session.error());
  co_return co_await ensure_by_command(*session, std::move(slot), need);
}

asio::awaitable<SlotAnswer> ensure_slot(PeerSession& peer, std::string slot, SlotNeed need) {
  if (peer.sql) co_return co_await ensure_by_sql(peer.session, std::move(slot), need);
  co_return co_await ensure_by_command(peer.session, std::move(slot), need);
}

}  // namespace postgres
