#include "runtime/rejoin_facts.hpp"

#include <string>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "log/log.hpp"
#include "postgres/peer.hpp"
#include "postgres/rejoin_queries.hpp"
#include "postgres/timelines.hpp"
#include "runtime/clock.hpp"
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

/// Nothing: it cannot be told yet.
awaitable<std::optional<postgres::OwnStream>> own_stream(const Context& context,
                                                         core::Duration limit) {
  auto session = co_await own_session(context, limit);
  if (!session) co_return std::nullopt;  // it starts, or is a warm one
  const auto table = co_await session->run(postgres::own_stream_query(), std::nullopt);
  if (!table) co_return not_known(table.error().message);
  const auto own = postgres::parse_own_stream(*table);
  if (!own) co_return not_known(own.error());
  if (!own->streams && !own->starves) co_return std::nullopt;
  co_return *own;
}

awaitable<std::optional<postgres::OwnStream>> settled_stream(const Context& context,
                                                             core::Duration limit,
                                                             core::Duration patience) {
  const core::Instant end =
      now() + (context.settings.replication.hot_standby ? patience : core::Duration{});
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  for (;;) {
    auto own = co_await own_stream(context, limit);
    if (own || now() + look_again >= end) co_return own;
    timer.expires_after(look_again);
    co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
}

}  // namespace

awaitable<std::optional<Facts>> rejoin_facts(const Context& context, core::Ordinal primary,
                                             core::Duration limit, core::Duration patience) {
  const auto own = co_await settled_stream(context, limit, patience);
  if (!own || own->streams) co_return std::nullopt;
  auto history = postgres::read_history(context.settings.official.pgdata, own->timeline);
  if (!history) co_return not_known(history.error().what);
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
  Facts facts;
  facts.own = Way{.major = {},
                  .system_id = own->system_id,
                  .timeline = own->timeline,
                  .flushed = own->flushed,
                  .history = *std::move(history)};
  facts.primary = Way{.major = {},
                      .system_id = who.system_id,
                      .timeline = who.timeline,
                      .flushed = who.lsn,
                      .history = std::move(wal->history)};
  facts.wal =
      core::rejoin::Wal{.needs = own->replayed, .oldest = wal->oldest, .slot_lost = wal->slot_lost};
  co_return facts;
}

}  // namespace runtime
