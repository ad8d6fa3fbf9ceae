#include "runtime/elected/poll.hpp"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "log/log.hpp"
#include "runtime/own_session.hpp"

namespace runtime::elected {

namespace asio = boost::asio;
using asio::awaitable;
using core::elected::StreamingStandby;

namespace {

/// Of one question to our own server, on its Unix socket (R11).
constexpr core::Duration question_limit = std::chrono::seconds(2);
constexpr core::Duration identify_limit = std::chrono::seconds(1);
constexpr core::Duration starting_rest = std::chrono::milliseconds(20);

}  // namespace

Poll::Poll(const asio::any_io_executor& executor, const Context& context, Members& members,
           Told told)
    : executor_(executor),
      context_(context),
      members_(members),
      told_(std::move(told)),
      timer_(executor) {}

void Poll::server_runs(bool runs) {
  if (std::exchange(runs_, runs) == runs) return;
  ++life_;
  identified_.clear();
  timer_.cancel();
  if (runs) asio::co_spawn(executor_, keep_asking(life_), asio::detached);
}

void Poll::hurry() {
  hurry_ = true;
  timer_.cancel();
}

awaitable<void> Poll::keep_asking(std::uint64_t life) {
  postgres::StandingPoll poll(
      [this](core::Duration limit) { return own_session(context_, limit); });
  while (life == life_) {
    const auto standing = co_await poll.ask(told_.timeline_on_disk(), question_limit);
    if (life != life_) co_return;
    if (standing) {
      hear(*standing, life);
    } else {
      told_.fails(standing.error());
    }
    if (std::exchange(hurry_, false)) continue;
    timer_.expires_after(standing ? rest_ : starting_rest);
    co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    hurry_ = false;
  }
}

void Poll::hear(const postgres::Standing& standing, std::uint64_t life) {
  told_.stands(standing);
  std::vector<StreamingStandby> standbys;
  for (const postgres::Sender& sender : standing.senders) {
    if (!sender.streaming) continue;
    Identified& known = identified_[sender.pod];
    if (known.walsender != sender.pid) {
      known = Identified{.walsender = sender.pid, .member = {}};
      asio::co_spawn(executor_, identify(sender, life), asio::detached);
    }
    if (!known.member) continue;
    standbys.push_back({.member = *known.member,
                        .position = {.system_id = told_.system_id(),
                                     .timeline = standing.timeline,
                                     .flushed = sender.flushed}});
  }
  told_.standbys(std::move(standbys));
}

/// The slot lets in one walsender of a pod at a time, so who says that it streams while this
/// walsender is there is who is behind it.
awaitable<void> Poll::identify(postgres::Sender sender, std::uint64_t life) {
  const auto response = co_await members_.call(sender.pod, http::Identify{}, identify_limit);
  if (life != life_) co_return;
  const auto known = identified_.find(sender.pod);
  if (known == identified_.end() || known->second.walsender != sender.pid) co_return;
  const auto* identity = response ? std::get_if<http::Identity>(&response->what) : nullptr;
  const bool ours = identity != nullptr && identity->streams &&
                    identity->follows == context_.settings.cluster.identity->pod();
  if (!ours) {
    if (!response)
      logs::event(logs::Level::debug, "standby_not_identified", {{"pod", sender.pod.text}},
                  response.error());
    identified_.erase(known);  // with the next look it is asked again
    co_return;
  }
  known->second.member = response->from;
  hurry();
}

}  // namespace runtime::elected
