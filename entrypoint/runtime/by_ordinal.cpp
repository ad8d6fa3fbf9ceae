#include "runtime/by_ordinal.hpp"

#include <utility>

#include "runtime/clock.hpp"
#include "runtime/peers.hpp"
#include "runtime/rejoin_facts.hpp"

namespace runtime {

namespace {

constexpr core::Duration question_limit = std::chrono::seconds(5);

}  // namespace

ByOrdinal::ByOrdinal(const boost::asio::any_io_executor& executor, process::Reaper& reaper,
                     const Context& context, const std::function<void()>& changed)
    : context_(context),
      reaper_(reaper),
      observed_(context),
      journal_(context.settings),
      orders_(executor, context, told(changed)),
      wal_room_(executor, context),
      perform_(executor, context, reaper, observed_, orders_, wal_room_, changed),
      watch_(executor, context, changed),
      pages_(executor, context.settings.http.port, [this] { return status(now()); }),
      control_(
          executor, context, orders_, [this] { return status(now()); },
          [this] {
            const core::Instant at = now();
            return http::to_text(chronicle_.history(status(at).pod, at));
          }),
      space_(context.settings.official.pgdata) {}

OrdersHere::Told ByOrdinal::told(const std::function<void()>& changed) {
  return {.reload =
              [this, changed] {
                observed_.reload_asked();
                changed();
              },
          .reload_pending = [this] { return observed_.reload_pending(); },
          .wants_restart = [this] { return perform_.server_wants_restart(); },
          .order =
              [this, changed](core::OrderGiven order) {
                observed_.ordered(std::move(order));
                changed();
              },
          .copies = [this] { return copies(); },
          .status = [this] { return status(now()); }};
}

boost::asio::awaitable<std::optional<core::rejoin::Facts>> ByOrdinal::copies() {
  const core::ClusterSettings& cluster = context_.settings.cluster;
  const bool standby = core::has_members(cluster.mode) && cluster.identity &&
                       cluster.identity->ordinal != cluster.primary;
  if (!standby) co_return std::nullopt;
  const core::peer::Answer answer = co_await ask_peer(context_, cluster.primary, question_limit);
  observed_.answered(cluster.primary, answer, now());
  if (!std::holds_alternative<core::peer::Serves>(answer)) co_return std::nullopt;
  co_return co_await compared_copies(context_, cluster.primary, question_limit);
}

void ByOrdinal::begin() {
  observed_.look_at_directory();
  if (context_.settings.bootstrap_only) return;
  pages_.listen();
  control_.listen();
}

std::optional<core::Instant> ByOrdinal::tick(core::Instant at) {
  observed_.streams(watch_.streams());
  const auto segment = observed_.wal_segment();
  observed_.wal_room(segment ? wal_room_.look(*segment, at) : std::nullopt);
  core::Decision decision = core::decide(context_.settings, memory_, observed_.at(at));
  memory_ = std::move(decision.next);
  observed_.decided(decision);
  journal_.decided(decision, at);
  remember(decision, at);
  for (const core::Action& action : decision.actions)
    perform_(action);
  orders_.decided(memory_.ordered.has_value());
  return decision.wake;
}

}  // namespace runtime
