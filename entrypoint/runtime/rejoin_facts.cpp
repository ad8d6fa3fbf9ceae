#include "runtime/rejoin_facts.hpp"

#include <string>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "log/log.hpp"
#include "postgres/control_file.hpp"
#include "postgres/peer.hpp"
#include "postgres/rejoin_queries.hpp"
#include "postgres/timelines.hpp"
#include "postgres/wal_on_disk.hpp"
#include "runtime/clock.hpp"
#include "runtime/configure.hpp"
#include "runtime/in_thread.hpp"
#include "runtime/own_session.hpp"
#include "runtime/peers.hpp"

namespace runtime {

using boost::asio::awaitable;
using core::rejoin::Facts;
using core::rejoin::Way;

namespace {

constexpr core::Duration look_again = std::chrono::milliseconds(200);

std::nullopt_t not_known(std::string_view why) {
  logs::event(logs::Level::debug, "rejoin_not_known", {}, why);
  return std::nullopt;
}

/// What our own server says of its stream.
struct OwnAnswer {
  bool answers = false;  ///< false: it starts, is not consistent yet, or is a warm one
  std::optional<postgres::OwnStream> stream;  ///< nothing: it cannot be told yet
};

awaitable<OwnAnswer> own_stream(const Context& context, core::Duration limit) {
  auto session = co_await own_session(context, limit);
  if (!session) co_return OwnAnswer{};
  OwnAnswer own{.answers = true, .stream = {}};
  const auto table = co_await session->run(postgres::own_stream_query(), std::nullopt);
  const auto stream =
      table
          ? postgres::parse_own_stream(*table)
          : std::expected<postgres::OwnStream, std::string>(std::unexpected(table.error().message));
  if (!stream) {
    not_known(stream.error());
  } else if (stream->streams || stream->starves) {
    own.stream = *stream;
  }
  co_return own;
}

awaitable<OwnAnswer> settled_stream(const Context& context, core::Duration limit,
                                    core::Duration patience) {
  const core::Instant end =
      now() + (context.settings.replication.hot_standby ? patience : core::Duration{});
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  for (;;) {
    auto own = co_await own_stream(context, limit);
    if (own.stream || now() + look_again >= end) co_return own;
    timer.expires_after(look_again);
    co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
}

/// Our copy and what it needs next.
struct Own {
  Way way;
  core::Lsn needs;
  bool asked = false;  ///< its server was; else only its files, which may hold less than `end`
  core::Lsn end;
};

std::optional<Own> own_of(const postgres::OwnStream& stream) {
  return Own{.way = {.major = {},
                     .system_id = stream.system_id,
                     .timeline = stream.timeline,
                     .flushed = stream.flushed,
                     .history = {}},
             .needs = stream.replayed,
             .asked = true,
             .end = stream.flushed};
}

/// Of a server that does not answer: what PostgreSQL would read from pg_wal before it asks the
/// primary. Nothing where it has an archive to ask as well, and nobody can tell what that holds.
awaitable<std::optional<Own>> own_on_disk(const Context& context) {
  if (!parameter_in_force(context, "restore_command").empty())
    co_return not_known("there is a restore_command");
  const std::filesystem::path pgdata = context.settings.official.pgdata;
  const auto control = postgres::read_control_file(pgdata);
  if (!control) co_return not_known(control.error());
  const auto wal = co_await in_thread(co_await boost::asio::this_coro::executor,
                                      [&] { return postgres::read_wal_on_disk(pgdata, *control); });
  if (!wal) co_return not_known(wal.error().what);
  co_return Own{.way = {.major = {},
                        .system_id = control->system_id,
                        .timeline = wal->timeline,
                        .flushed = wal->last_page,
                        .history = {}},
                .needs = wal->needs,
                .asked = false,
                .end = wal->end};
}

awaitable<std::optional<Own>> own_copy(const Context& context, const OwnAnswer& answer) {
  if (answer.stream) co_return own_of(*answer.stream);
  co_return co_await own_on_disk(context);
}

/// What the primary says, beside our copy.
struct Compared {
  Facts facts;
  bool slot_active = false;  ///< somebody streams through our slot
};

awaitable<std::optional<Compared>> compare(const Context& context, core::Ordinal primary,
                                           core::Duration limit, Own own) {
  auto history = postgres::read_history(context.settings.official.pgdata, own.way.timeline);
  if (!history) co_return not_known(history.error().what);
  own.way.history = *std::move(history);
  auto peer = co_await postgres::talk_to_peer(login_to(context, primary), limit);
  if (!peer) co_return not_known(peer.error().detail);
  const postgres::PeerAnswer who = co_await postgres::identify(*peer);
  if (who.kind != postgres::PeerKind::answers || !peer->sql) co_return not_known(who.detail);
  const std::string slot = core::slot_name(context.settings.cluster.identity->pod());
  const auto table =
      co_await peer->session.run(postgres::primary_wal_query(slot, who.timeline), std::nullopt);
  if (!table) co_return not_known(table.error().message);
  auto wal = postgres::parse_primary_wal(*table, who.timeline);
  if (!wal) co_return not_known(wal.error());
  // S5: past a fork any byte counts. On the primary's own timeline its oldest WAL is beyond what
  // the page may hold, wherever that leads to a clone.
  if (own.way.timeline != who.timeline) own.way.flushed = own.end;
  Compared compared;
  compared.slot_active = wal->slot_active;
  Facts& facts = compared.facts;
  facts.own = std::move(own.way);
  facts.primary = Way{.major = {},
                      .system_id = who.system_id,
                      .timeline = who.timeline,
                      .flushed = who.lsn,
                      .history = std::move(wal->history)};
  facts.wal =
      core::rejoin::Wal{.needs = own.needs, .oldest = wal->oldest, .slot_lost = wal->slot_lost};
  co_return compared;
}

}  // namespace

awaitable<std::optional<Facts>> rejoin_facts(const Context& context, core::Ordinal primary,
                                             core::Duration limit, core::Duration patience) {
  const OwnAnswer answer = co_await settled_stream(context, limit, patience);
  if (answer.stream ? answer.stream->streams : answer.answers) co_return std::nullopt;
  auto own = co_await own_copy(context, answer);
  if (!own) co_return std::nullopt;
  const bool asked = own->asked;
  auto compared = co_await compare(context, primary, limit, *std::move(own));
  if (!compared || (!asked && compared->slot_active)) co_return std::nullopt;  // it streams
  co_return std::move(compared->facts);
}

awaitable<std::optional<Facts>> compared_copies(const Context& context, core::Ordinal primary,
                                                core::Duration limit) {
  const OwnAnswer answer = co_await own_stream(context, limit);
  auto own = co_await own_copy(context, answer);
  if (!own) co_return std::nullopt;
  own->way.flushed = own->end;
  auto compared = co_await compare(context, primary, limit, *std::move(own));
  if (!compared) co_return std::nullopt;
  co_return std::move(compared->facts);
}

}  // namespace runtime
