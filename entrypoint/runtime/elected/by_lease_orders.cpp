#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "runtime/clock.hpp"
#include "runtime/elected/by_lease.hpp"

/// Orders of an operator, as facts for the decision.
namespace runtime::elected {

namespace asio = boost::asio;
using asio::awaitable;

namespace {

constexpr core::Duration command_poll = std::chrono::milliseconds(50);
constexpr core::Duration command_limit = std::chrono::seconds(4);

}  // namespace

OrdersHere::Told ByLease::told() {
  return {.reload =
              [this] {
                reload_ = true;
                changed_();
              },
          .reload_pending = [this] { return reload_; },
          .wants_restart = [this] { return server_.wants_restart(); },
          .order =
              [this](core::OrderGiven order) {
                observed_.commanded(order.what);
                changed_();
              },
          .copies = {},
          .status = [this] { return status(now()); }};
}

/// What became of a pause or of its end, once that is known.
std::optional<http::Said> ByLease::paused(bool on) const {
  if (!memory_.holding) {
    if (on || !memory_.resumed) return std::nullopt;
    return http::Said{.accepted = true, .text = settings_.pod.text + " may take over again"};
  }
  if (memory_.pause || memory_.holding->record.paused != on) return std::nullopt;
  return http::Said{.accepted = true,
                    .text = on ? "automatic failover is paused: no pod takes over from " +
                                     settings_.pod.text + " by itself"
                               : std::string("automatic failover is not paused any more")};
}

/// Accepted once it is under way, refused where a decision says so.
awaitable<http::Said> ByLease::commanded(core::elected::Command command) {
  if (const auto* order = std::get_if<core::Order>(&command)) {
    if (*order == core::Order::reinit) co_return co_await orders_.reinit();
    co_return co_await orders_.restart(false);
  }
  (void)perform_.take_refusal();
  const bool loses_data = std::holds_alternative<core::elected::LoseData>(command);
  const auto* const told = std::get_if<core::elected::Pause>(&command);
  const auto pause = told == nullptr ? std::nullopt : std::optional(told->on);
  observed_.commanded(std::move(command));
  changed_();
  asio::steady_timer timer(executor_);
  const core::Instant began = now();
  while (now() - began < command_limit) {
    timer.expires_after(command_poll);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (auto why = perform_.take_refusal())
      co_return http::Said{.accepted = false, .text = std::move(*why)};
    if (pause) {
      if (auto said = paused(*pause)) co_return *said;
      continue;
    }
    if (memory_.handover && !memory_.handover->restart) {
      const auto& to = memory_.handover->successor;
      co_return http::Said{.accepted = true,
                           .text = "the primary changes" + (to ? " to " + to->text : "")};
    }
    if (loses_data && (memory_.lose_data || memory_.holding)) {
      co_return http::Said{.accepted = true,
                           .text = settings_.pod.text +
                                   " takes over once the Lease has run out, with the data it has"};
    }
  }
  co_return http::Said{.accepted = false,
                       .text = settings_.pod.text + " is not in a state to do this: it is " +
                               (memory_.holding ? "the holder of the Lease" : "no holder") +
                               "; see its log"};
}

}  // namespace runtime::elected
