#include "runtime/standing_watch.hpp"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "log/log.hpp"
#include "runtime/clock.hpp"
#include "runtime/own_session.hpp"

namespace runtime {

namespace asio = boost::asio;

namespace {

/// Probes come every five seconds: what they show may be about as old.
constexpr core::Duration rest = std::chrono::seconds(6);
constexpr core::Duration question_limit = std::chrono::seconds(2);

}  // namespace

StandingWatch::StandingWatch(const asio::any_io_executor& executor, const Context& context,
                             std::function<void()> changed)
    : executor_(executor), context_(context), changed_(std::move(changed)), timer_(executor) {}

void StandingWatch::server_answers(bool answers) {
  if (answers == (talk_ != nullptr)) return;
  standing_.reset();
  if (talk_) {
    // At once: a fast shutdown that finds the session writes a line about it. One that is just
    // being asked ends by itself.
    if (!talk_->asking) talk_->poll.forget();
    talk_.reset();
    timer_.cancel();
    return;
  }
  talk_ = std::make_shared<Talk>(postgres::StandingPoll(
      [this](core::Duration limit) { return own_session(context_, limit); }));
  asio::co_spawn(executor_, keep_asking(talk_), asio::detached);
}

asio::awaitable<void> StandingWatch::keep_asking(std::shared_ptr<Talk> talk) {
  bool told = false;
  while (talk == talk_) {
    talk->asking = true;
    const auto standing = co_await talk->poll.ask({}, question_limit);
    talk->asking = false;
    if (talk != talk_) co_return;
    const bool streamed = streams();
    if (standing) {
      standing_ = *standing;
      told = false;
    } else {
      standing_.reset();
      if (!std::exchange(told, true))
        logs::event(logs::Level::debug, "server_does_not_answer", {}, standing.error().message);
    }
    if (streams() != streamed) changed_();
    timer_.expires_after(until_beat(rest));
    co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

}  // namespace runtime
