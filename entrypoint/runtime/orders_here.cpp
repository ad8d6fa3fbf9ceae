#include "runtime/orders_here.hpp"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "log/log.hpp"
#include "runtime/clock.hpp"
#include "runtime/configuration_answer.hpp"

namespace runtime {

using boost::asio::awaitable;
using core::Order;
using http::Said;

namespace {

constexpr core::Duration look_again = std::chrono::milliseconds(20);
constexpr core::Duration decision_limit = std::chrono::seconds(4);

Said refused(std::string why) {
  return {.accepted = false, .text = std::move(why)};
}

std::string_view begins(Order order) {
  return order == Order::restart
             ? "PostgreSQL is stopped and started again"
             : "asked the primary; where it has all that is here, it is cloned anew. "
               "`pgordinal status` shows how far that is";
}

std::string progress_of(const core::Status& status) {
  if (!status.action) return status.text.empty() ? status.reason : status.text;
  std::string text = status.action->name;
  if (status.action->done_bytes) text += ": " + core::rough_bytes(*status.action->done_bytes);
  if (status.action->done_bytes && status.action->total_bytes)
    text += " of " + core::rough_bytes(*status.action->total_bytes);
  return text;
}

}  // namespace

OrdersHere::OrdersHere(const boost::asio::any_io_executor& executor, const Context& context,
                       Told told)
    : executor_(executor), context_(context), told_(std::move(told)) {}

awaitable<Said> OrdersHere::reload() {
  logs::event(logs::Level::info, "order", {}, "reload");
  auto before = co_await in_force(context_);
  told_.reload();
  boost::asio::steady_timer timer(executor_);
  const core::Instant end = now() + decision_limit;
  while (told_.reload_pending()) {
    if (now() >= end)
      co_return Said{.accepted = true,
                     .text =
                         "noted: a clone, another long action or a stop runs, and the settings "
                         "are read again at its end; the pod's log then says what changed"};
    timer.expires_after(look_again);
    co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
  std::optional<ServerReread> server;
  if (before) server = co_await server_reread(context_, *std::move(before));
  co_return reload_answer(context_.last_reread ? context_.last_reread() : Reread{}, server);
}

awaitable<Said> OrdersHere::restart(bool if_pending) {
  if (if_pending) {
    if (!core::has_members(context_.settings.cluster.mode))
      co_return refused(
          "cluster.mode is \"standalone\": pgordinal has no role of its own to ask which "
          "parameters "
          "wait for a restart. Ask yourself: select name from pg_settings where pending_restart");
    const auto found = co_await in_force(context_);
    if (!found)
      co_return refused(
          "PostgreSQL does not say which parameters wait for a restart: nothing was done. "
          "`pgordinal status` says how it is");
    if (found->pending.empty() && !told_.wants_restart())
      co_return Said{.accepted = true,
                     .text = "no parameter waits for a restart: nothing was done"};
  }
  const auto errors = co_await file_errors(context_);
  if (!errors.empty())
    co_return refused(
        "PostgreSQL would not start with the mistakes in its files, so it was not "
        "stopped; the first is: " +
        errors.front() + ". `pgordinal reload` lists all");
  core::OrderGiven order{.what = Order::restart, .copies = {}};
  co_return co_await place(std::move(order));
}

awaitable<Said> OrdersHere::reinit() {
  core::OrderGiven order{.what = Order::reinit, .copies = {}};
  if (told_.copies) order.copies = co_await told_.copies();
  co_return co_await place(std::move(order));
}

awaitable<Said> OrdersHere::place(core::OrderGiven order) {
  if (busy()) co_return refused(core::refusal::other_order);
  const Order what = order.what;
  logs::event(logs::Level::info, "order", {}, what == Order::restart ? "restart" : "reinit");
  state_ = State::placed;
  told_.order(std::move(order));
  boost::asio::steady_timer timer(executor_);
  const core::Instant end = now() + decision_limit;
  while (state_ == State::placed) {
    if (now() >= end) {
      state_ = State::none;
      co_return refused("no decision was made within 4 s: the pod's log says what it does");
    }
    timer.expires_after(look_again);
    co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
  if (state_ == State::going)
    co_return Said{.accepted = true, .text = std::string(begins(what)), .goes_on = true};
  co_return last_;
}

Said OrdersHere::course() const {
  if (busy()) return {.accepted = true, .text = progress_of(told_.status()), .goes_on = true};
  if (state_ == State::none)
    return refused("no restart and no reinit was ordered since PID 1 was started");
  return last_;
}

void OrdersHere::decided(bool ordered) {
  if (state_ == State::placed && ordered) state_ = State::going;
}

void OrdersHere::answered(const core::action::AnswerOrder& answer) {
  state_ = State::over;
  last_ = {.accepted = answer.done, .text = answer.text};
  logs::event(answer.done ? logs::Level::info : logs::Level::warning,
              answer.done ? "order_done" : "order_refused", {}, answer.text);
}

}  // namespace runtime
