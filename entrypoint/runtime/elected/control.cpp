#include "runtime/elected/control.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "log/log.hpp"
#include "runtime/clock.hpp"
#include "runtime/elected/words.hpp"

namespace runtime::elected {

namespace asio = boost::asio;
using asio::awaitable;
using core::elected::LoseData;
using core::elected::Member;
using core::elected::Pause;
using core::elected::Record;
using core::elected::SwitchoverRequest;
using http::Said;

namespace {

constexpr core::Duration relay_limit = std::chrono::seconds(5);
constexpr core::Duration change_limit = std::chrono::seconds(100);
constexpr core::Duration look_again = std::chrono::milliseconds(50);

Said refused(std::string why) {
  return {.accepted = false, .text = std::move(why)};
}

/// An order, as a person gives it.
struct {
  std::string_view operator()(const SwitchoverRequest&) const { return "switchover"; }
  std::string_view operator()(const LoseData&) const { return "failover --lose-data"; }
  std::string_view operator()(const Pause& pause) const { return pause.on ? "pause" : "resume"; }
  std::string_view operator()(core::Order order) const {
    return order == core::Order::reinit ? "reinit" : "restart";
  }
} constexpr name_of;

/// What the Lease says of a switchover, before anybody is asked.
Said judged(const Record& record, const core::PodName& holder, const http::Switchover& order) {
  if (order.to == holder) return refused(holder.text + " is the primary already");
  const bool listed = std::ranges::any_of(
      record.candidates, [&](const Member& each) { return !order.to || each.pod == *order.to; });
  if (!listed) {
    return refused("may take over now: " + names(record.candidates) + "; " +
                   (order.to ? order.to->text + " does not stream, or is too far behind"
                             : std::string("no standby streams near enough")));
  }
  return {.accepted = true,
          .text = "the primary would change from " + holder.text + " to " +
                  (order.to ? order.to->text : "one of " + names(record.candidates))};
}

}  // namespace

Control::Control(const asio::any_io_executor& executor, core::PodName self, Members& members,
                 OrdersHere& here, Told told)
    : executor_(executor),
      self_(std::move(self)),
      members_(members),
      here_(here),
      told_(std::move(told)) {}

void Control::listen() {
  auto server = http::ControlServer::listen(
      executor_, {.order = [this](http::Order order) { return carry_out(std::move(order)); },
                  .cluster = [this] { return cluster(); },
                  .members = [this] { return members(); },
                  .course = [this] { return here_.course(); },
                  .history = told_.history});
  if (server) {
    server_ = std::move(*server);
  } else {
    logs::event(logs::Level::warning, "no_control_socket", {}, server.error());
  }
}

const Record* Control::record() const {
  const auto& sighting = told_.memory().view.sighting;
  return sighting && !told_.memory().view.gone ? &sighting->record : nullptr;
}

std::optional<core::PodName> Control::holder() const {
  const Record* seen = record();
  if (seen == nullptr || !seen->holder) return std::nullopt;
  return seen->last.pod;
}

awaitable<Said> Control::carry_out(http::Order order) {
  if (auto* switchover = std::get_if<http::Switchover>(&order))
    co_return co_await switch_over(std::move(*switchover));
  if (const auto* pauses = std::get_if<http::Pause>(&order)) co_return co_await pause(pauses->on);
  if (auto* failover = std::get_if<http::Failover>(&order))
    co_return co_await fail_over(std::move(*failover));
  if (auto* reinits = std::get_if<http::Reinit>(&order))
    co_return co_await reinit(std::move(*reinits));
  if (const auto* restart = std::get_if<http::Restart>(&order))
    co_return co_await here_.restart(restart->if_pending);
  co_return co_await here_.reload();
}

/// Of another pod: the answer is that it has begun there.
awaitable<Said> Control::reinit(http::Reinit order) {
  if (!order.pod || *order.pod == self_) co_return co_await here_.reinit();
  core::elected::Command wanted = core::Order::reinit;
  Said said = co_await command(*order.pod, std::move(wanted));
  if (said.accepted) said.text = order.pod->text + " has " + said.text;
  co_return said;
}

awaitable<Said> Control::pause(bool on) {
  const auto present = holder();
  if (!present && on)
    co_return refused("nobody holds the Lease now, and its holder alone can pause; try again soon");
  if (present) {
    core::elected::Command wanted = Pause{.on = on};
    Said said = co_await command(*present, std::move(wanted));
    if (said.accepted || on) co_return said;
  }
  co_return co_await resume_without_holder();
}

awaitable<Said> Control::resume_without_holder() {
  const Record* seen = record();
  if (seen == nullptr) co_return refused("there is no Lease now");
  if (!seen->paused) co_return Said{.accepted = true, .text = "automatic failover is not paused"};
  std::set<core::PodName> told;
  for (const Member& member : seen->candidates)
    told.insert(member.pod);
  std::string text;
  bool accepted = false;
  for (const core::PodName& pod : told) {
    core::elected::Command wanted = Pause{.on = false};
    const Said said = co_await command(pod, std::move(wanted));
    accepted = accepted || said.accepted;
    text += (text.empty() ? "" : "; ") + said.text;
  }
  if (told.empty()) text = "the Lease lists nobody who may take over; see `pgordinal status`";
  co_return Said{.accepted = accepted, .text = std::move(text)};
}

awaitable<Said> Control::switch_over(http::Switchover order) {
  const auto old = holder();
  if (!old) co_return refused("nobody holds the Lease now, so there is no primary to change");
  Said said = judged(*record(), *old, order);
  if (order.dry_run || !said.accepted) co_return said;
  core::elected::Command wanted = SwitchoverRequest{.to = order.to};
  said = co_await command(*old, std::move(wanted));
  if (!said.accepted) co_return said;
  co_return co_await wait_for(old, std::nullopt);
}

awaitable<Said> Control::fail_over(http::Failover order) {
  if (holder() == order.pod) co_return refused(order.pod.text + " holds the Lease already");
  core::elected::Command wanted = LoseData{};
  Said said = co_await command(order.pod, std::move(wanted));
  if (!said.accepted) co_return said;
  co_return co_await wait_for(std::nullopt, order.pod);
}

awaitable<Said> Control::command(core::PodName pod, core::elected::Command command) {
  logs::event(logs::Level::info, "order", {{"pod", pod.text}}, std::visit(name_of, command));
  if (pod == self_) co_return co_await told_.command(std::move(command));
  decltype(http::Request::what) what = http::Relay{.command = std::move(command)};
  const auto response = co_await members_.call(std::move(pod), std::move(what), relay_limit);
  if (!response) co_return refused(response.error());
  const auto* said = std::get_if<Said>(&response->what);
  co_return said == nullptr ? refused("it did not understand the order") : *said;
}

awaitable<Said> Control::wait_for(std::optional<core::PodName> old,
                                  std::optional<core::PodName> wanted) {
  asio::steady_timer timer(executor_);
  const core::Instant began = now();
  while (now() - began < change_limit) {
    const auto present = holder();
    if (present && (wanted ? present == wanted : present != old))
      co_return Said{.accepted = true, .text = present->text + " holds the Lease now"};
    timer.expires_after(look_again);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  co_return refused("it was begun and did not end in time; `kubectl logs` of the pods says why");
}

std::string Control::cluster() const {
  const auto quoted = [](const std::string& text) { return '"' + text + '"'; };
  const Record* seen = record();
  const auto primary = holder();
  std::string text = "{\"pod\":" + quoted(self_.text);
  text += ",\"primary\":" + (primary ? quoted(primary->text) : std::string("null"));
  if (seen != nullptr) {
    text += ",\"transitions\":" + std::to_string(seen->transitions);
    text += ",\"timeline\":" + std::to_string(seen->timeline.number);
    text += ",\"candidates\":[";
    for (const Member& member : seen->candidates)
      text += (text.ends_with('[') ? "" : ",") + quoted(member.pod.text);
    text += ']';
  }
  return text + "}\n";
}

}  // namespace runtime::elected
