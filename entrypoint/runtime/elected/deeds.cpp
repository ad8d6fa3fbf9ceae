#include "runtime/elected/deeds.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "postgres/data_directory.hpp"
#include "runtime/bootstrap.hpp"
#include "runtime/clock.hpp"
#include "runtime/clone.hpp"
#include "runtime/configure.hpp"
#include "runtime/data_id.hpp"
#include "runtime/discard.hpp"
#include "runtime/given_up.hpp"
#include "runtime/rewind.hpp"

namespace runtime::elected {

using boost::asio::awaitable;

namespace {

constexpr core::Duration server_stop_poll = std::chrono::milliseconds(20);

/// Where an earlier one did not end, what it left goes first.
awaitable<Outcome<>> discard_first(LongRun& run, const Context& context) {
  const auto found = postgres::inspect(context.settings.official.pgdata);
  if (!std::holds_alternative<core::directory::Unfinished>(found)) co_return Outcome<>{};
  co_return co_await discard_unfinished(run, context);
}

/// R4: what is here now is another copy than any before.
Outcome<> give_new_data_id(const Context& context) {
  const auto given = postgres::give_data_id(
      context.settings.official.pgdata, context.settings.cluster.identity->pod(), fresh_data_id());
  if (!given) return std::unexpected(failure(given.error()));
  return {};
}

/// The data are changed only where no server works on them.
awaitable<Outcome<>> stop_server_first(LongRun& run, const Hands& hands) {
  boost::asio::steady_timer timer(run.executor());
  const core::Instant began = now();
  int sent = 0;
  while (std::holds_alternative<core::server::Running>(hands.observed.server().state)) {
    if (run.stopping()) co_return std::unexpected(stopped());
    const int wanted = now() - began < hands.context.settings.stop.fast ? SIGINT : SIGQUIT;
    if (std::exchange(sent, wanted) != wanted) hands.server.signal(wanted);
    timer.expires_after(server_stop_poll);
    co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
  co_return Outcome<>{};
}

/// Where the last `gives_up` bytes of our WAL begin, and on which timeline.
std::optional<postgres::Divergence> fork_of(const core::elected::Volume& volume,
                                            std::uint64_t gives_up) {
  if (gives_up == 0 || !volume.position || volume.position->flushed.bytes < gives_up)
    return std::nullopt;
  postgres::Divergence fork{.timeline = volume.position->timeline,
                            .at = {volume.position->flushed.bytes - gives_up}};
  const auto left = std::ranges::find_if(volume.history,
                                         [&](const core::Fork& each) { return each.at > fork.at; });
  if (left != volume.history.end()) fork.timeline = left->timeline;
  return fork;
}

}  // namespace

int exit_status(const Hands& hands) {
  const auto* ended = std::get_if<core::server::Ended>(&hands.observed.server().state);
  if (ended == nullptr) return 0;
  if (!ended->status.success()) return ended->status.code();
  const auto* cluster = std::get_if<core::directory::Cluster>(&hands.copy.facts().content);
  return cluster != nullptr && core::directory::was_shut_down(cluster->control) ? 0 : 1;
}

awaitable<Outcome<>> promote_here(LongRun& run, Hands hands, Promotion promotion) {
  const auto timeline = co_await promote_to(
      run, hands.context, promotion,
      [&server = hands.server](int number) { server.signal(number); },
      [&observed = hands.observed] {
        return std::holds_alternative<core::server::Running>(observed.server().state);
      });
  if (!timeline) co_return std::unexpected(timeline.error());
  hands.copy.promoted(*timeline);
  co_return Outcome<>{};
}

awaitable<Outcome<>> bootstrap_here(LongRun& run, const Context& context) {
  const auto ready = co_await discard_first(run, context);
  if (!ready) co_return ready;
  // R7: the marker stays until the Lease has the system identifier.
  const auto made = co_await bootstrap(run, context, MarkerAtEnd::kept);
  if (!made) co_return made;
  co_return give_new_data_id(context);
}

awaitable<Outcome<>> rewind_here(LongRun& run, Hands hands, core::Ordinal source,
                                 std::uint64_t gives_up) {
  const auto ready = co_await stop_server_first(run, hands);
  if (!ready) co_return ready;
  // A variable: g++ 12 breaks on a braced list in co_await.
  postgres::Upstream upstream{.address = hands.context.settings.cluster.identity->address(source),
                              .port = server_port(hands.context)};
  co_return co_await rewind(run, hands.context, std::move(upstream), gives_up);
}

awaitable<Outcome<>> clone_here(LongRun& run, Hands hands, core::Ordinal source,
                                std::uint64_t gives_up) {
  const Context& context = hands.context;
  const std::string& pgdata = context.settings.official.pgdata;
  const auto fork = fork_of(hands.copy.facts(), gives_up);
  auto ready = co_await stop_server_first(run, hands);
  if (!ready) co_return ready;
  const bool whole = std::holds_alternative<core::directory::Cluster>(postgres::inspect(pgdata));
  ready = co_await discard_first(run, context);
  if (!ready) co_return ready;
  const bool finished =
      !whole && std::holds_alternative<core::directory::Cluster>(postgres::inspect(pgdata));
  // An earlier one was complete, and killed while it was put into its place.
  if (finished) co_return give_new_data_id(context);
  if (whole) {
    // R4: what comes is another copy, and the old one is nobody's from now on.
    const auto dropped = postgres::drop_data_id(pgdata, context.settings.cluster.identity->pod());
    if (!dropped) co_return std::unexpected(failure(dropped.error()));
    if (fork) co_await keep_aside(run, pgdata, *fork, gives_up);
    ready = co_await clone_in_place(run, context, source);
  } else {
    ready = co_await clone(run, context, source, false);
  }
  if (!ready) co_return ready;
  co_return give_new_data_id(context);
}

}  // namespace runtime::elected
