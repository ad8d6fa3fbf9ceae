#include "runtime/member_statuses.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace runtime {

namespace asio = boost::asio;
using asio::awaitable;

namespace {

struct Gathered {
  explicit Gathered(const asio::any_io_executor& executor) : done(executor) {}
  asio::steady_timer done;
  std::size_t waiting = 0;
  std::vector<http::MemberStatus> members{};
};

awaitable<void> gather(decltype(Roll::ask) ask, core::PodName pod, std::shared_ptr<Gathered> all) {
  auto status = co_await ask(pod);
  all->members.push_back({.pod = pod.text, .status = std::move(status)});
  if (--all->waiting == 0) all->done.cancel();
}

void add_standbys(std::set<std::string>& known, const core::Status& status) {
  if (!status.standbys) return;
  for (const core::Status::Standby& standby : *status.standbys)
    known.insert(standby.pod);
}

}  // namespace

std::vector<core::PodName> peers_of(const core::ClusterSettings& cluster) {
  std::vector<core::PodName> peers;
  for (std::uint32_t member = 0; member < cluster.max_members; ++member) {
    const core::Ordinal ordinal{cluster.primary.number + member};
    if (ordinal != cluster.identity->ordinal) peers.push_back(cluster.identity->peer(ordinal));
  }
  return peers;
}

awaitable<std::string> member_statuses(asio::any_io_executor executor, Roll roll) {
  const auto all = std::make_shared<Gathered>(executor);
  all->waiting = roll.peers.size();
  for (const core::PodName& pod : roll.peers)
    asio::co_spawn(executor, gather(roll.ask, pod, all), asio::detached);
  all->done.expires_after(2 * status_answer_limit);
  if (all->waiting > 0) co_await all->done.async_wait(asio::as_tuple(asio::use_awaitable));
  const core::Status own = roll.own();
  std::set<std::string> known = roll.known();
  add_standbys(known, own);
  for (const http::MemberStatus& member : all->members) {
    if (member.status) add_standbys(known, *member.status);
  }
  std::erase_if(all->members, [&](const http::MemberStatus& member) {
    return !member.status && !known.contains(member.pod);
  });
  all->members.push_back({.pod = own.pod, .status = own});
  std::ranges::sort(all->members, {}, &http::MemberStatus::pod);
  co_return http::to_text(all->members);
}

}  // namespace runtime
