#include <algorithm>
#include <set>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/status_text.hpp"
#include "runtime/elected/control.hpp"

namespace runtime::elected {

namespace asio = boost::asio;
using asio::awaitable;

namespace {

constexpr core::Duration answer_limit = std::chrono::seconds(2);

std::expected<core::Status, std::string> understand(
    const std::expected<http::Response, std::string>& response) {
  if (!response) return std::unexpected(response.error());
  const auto* shown = std::get_if<http::Shown>(&response->what);
  if (shown == nullptr) return std::unexpected("did not understand the question");
  return http::parse_status(shown->text);
}

/// Whom the Lease and the walsenders of this pod show: they are told of whether they answer or not.
std::set<std::string> known_members(const core::Status& own, const core::elected::Record* record) {
  std::set<std::string> known;
  if (record != nullptr) {
    known.insert(record->last.pod.text);
    for (const core::elected::Member& member : record->candidates)
      known.insert(member.pod.text);
  }
  for (const core::Status::Standby& standby :
       own.standbys.value_or(std::vector<core::Status::Standby>{}))
    known.insert(standby.pod);
  return known;
}

}  // namespace

struct Control::Gathered {
  explicit Gathered(const asio::any_io_executor& executor) : done(executor) {}
  asio::steady_timer done;
  std::size_t waiting = 0;
  std::vector<http::MemberStatus> members{};
};

awaitable<void> Control::gather(core::PodName pod, std::shared_ptr<Gathered> all) {
  const auto response = co_await members_.call(pod, http::Show{}, answer_limit);
  all->members.push_back({.pod = pod.text, .status = understand(response)});
  if (--all->waiting == 0) all->done.cancel();
}

awaitable<std::string> Control::members() {
  const auto all = std::make_shared<Gathered>(executor_);
  all->waiting = told_.peers.size();
  for (const core::PodName& pod : told_.peers)
    asio::co_spawn(executor_, gather(pod, all), asio::detached);
  all->done.expires_after(2 * answer_limit);
  if (all->waiting > 0) co_await all->done.async_wait(asio::as_tuple(asio::use_awaitable));
  const core::Status own = told_.status();
  const std::set<std::string> known = known_members(own, record());
  std::erase_if(all->members, [&](const http::MemberStatus& member) {
    return !member.status && !known.contains(member.pod);
  });
  all->members.push_back({.pod = self_.text, .status = own});
  std::ranges::sort(all->members, {}, &http::MemberStatus::pod);
  co_return http::to_text(all->members);
}

}  // namespace runtime::elected
