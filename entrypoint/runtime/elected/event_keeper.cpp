#include "runtime/elected/event_keeper.hpp"

#include <cctype>
#include <string_view>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "log/log.hpp"
#include "runtime/clock.hpp"
#include "runtime/elected/role_history.hpp"
#include "runtime/elected/words.hpp"

namespace runtime::elected {

namespace asio = boost::asio;

namespace {

constexpr core::Duration timeout = std::chrono::seconds(2);
constexpr core::Duration again_after = std::chrono::minutes(5);
/// While the API is away the newest count.
constexpr std::size_t most_wanted = 16;

/// `nobody_may_go` as the reason of an Event: `NobodyMayGo`.
std::string camel_case(std::string_view name) {
  std::string text;
  bool upper = true;
  for (const char c : name) {
    if (c != '_') text += upper ? static_cast<char>(std::toupper(c)) : c;
    upper = c == '_';
  }
  return text;
}

}  // namespace

EventKeeper::EventKeeper(const asio::any_io_executor& executor, const kubernetes::Access& access,
                         const core::elected::Settings& settings)
    : executor_(executor), client_(executor, access, now), settings_(settings) {}

void EventKeeper::decided(core::elected::Reason reason, const std::string& words, bool holds) {
  const bool fresh = std::exchange(last_, reason) != reason;
  if (leads_to_change(reason)) because_ = words;
  if (std::exchange(holds_, holds) != holds) {
    const std::string what = holds ? "holds the Lease now: " : "does not hold the Lease any more: ";
    tell(false, holds ? "BecamePrimary" : "NoLongerPrimary",
         settings_.pod.text + " " + what + (because_.empty() ? words : because_));
  }
  if (!fresh || kind_of(reason) != Kind::fault) return;
  // Two may take turns.
  const core::Instant at = now();
  const auto [told, first] = told_.try_emplace(reason, at);
  if (!first && at - told->second < again_after) return;
  told->second = at;
  tell(true, camel_case(core::elected::to_text(reason)), words);
}

void EventKeeper::refused(const std::string& why) {
  tell(true, "OrderRefused", why);
}

void EventKeeper::tell(bool warning, std::string reason, std::string message) {
  if (forbidden_) return;
  wanted_.push_back({.pod = settings_.pod.text,
                     .pod_uid = settings_.self.pod_uid,
                     .warning = warning,
                     .reason = std::move(reason),
                     .message = std::move(message),
                     .time = wall_clock_text()});
  if (wanted_.size() > most_wanted) wanted_.pop_front();
  if (!std::exchange(working_, true)) asio::co_spawn(executor_, work(), asio::detached);
}

asio::awaitable<void> EventKeeper::work() {
  while (!wanted_.empty()) {
    kubernetes::Event event = std::move(wanted_.front());
    wanted_.pop_front();
    const std::string reason = event.reason;
    const auto write = co_await client_.create_event(std::move(event), timeout);
    if (write.outcome == kubernetes::Outcome::done) continue;
    const kubernetes::Error error = write.error.value_or(kubernetes::Error{});
    if (error.kind == kubernetes::ErrorKind::forbidden) {
      // An optional right: no warning to those who do not give it.
      logs::event(logs::Level::info, "events_forbidden", {},
                  "no Kubernetes Events are made: " + error.message);
      forbidden_ = true;
      wanted_.clear();
    } else {
      logs::event(logs::Level::info, "event_not_made", {{"reason", reason}}, error.message);
    }
  }
  working_ = false;
}

}  // namespace runtime::elected
