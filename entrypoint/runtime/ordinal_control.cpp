#include "runtime/ordinal_control.hpp"

#include <memory>
#include <utility>

#include "http/client.hpp"
#include "log/log.hpp"
#include "postgres/name_lookup.hpp"
#include "runtime/member_statuses.hpp"

namespace runtime {

using boost::asio::awaitable;

namespace {

/// Notes that there is such a pod, where its name has an address.
awaitable<std::expected<std::vector<std::string>, std::string>> addresses(
    std::string host, std::chrono::steady_clock::time_point deadline, core::PodName pod,
    std::shared_ptr<std::set<std::string>> there) {
  auto found = co_await postgres::look_up(std::move(host), deadline);
  if (!found) co_return std::unexpected("has no address: " + found.error().message);
  there->insert(pod.text);
  co_return std::move(*found);
}

/// What the page of `pod` says. Its text comes without a proof, so it has to be about that pod.
std::expected<core::Status, std::string> understand(
    const std::string& pod, const std::expected<std::string, std::string>& page) {
  if (!page) return std::unexpected(pod + " " + page.error());
  auto status = http::parse_status(*page);
  if (!status) return std::unexpected(pod + " answered what is no status: " + status.error());
  if (status->pod != pod) return std::unexpected(pod + " was asked, but another pod answered");
  return status;
}

}  // namespace

OrdinalControl::OrdinalControl(const boost::asio::any_io_executor& executor, const Context& context,
                               OrdersHere& here, std::function<core::Status()> own,
                               std::function<std::string()> history)
    : executor_(executor),
      context_(context),
      here_(here),
      own_(std::move(own)),
      history_(std::move(history)) {}

void OrdinalControl::listen() {
  auto server = http::ControlServer::listen(
      executor_, {.order = [this](http::Order order) { return carry_out(std::move(order)); },
                  .cluster = [this] { return http::cluster_text(own_()); },
                  .members = [this] { return members(); },
                  .course = [this] { return here_.course(); },
                  .history = history_});
  if (server) {
    server_ = std::move(*server);
  } else {
    // Only `status` needs it: no warning to those who never call that.
    logs::event(logs::Level::info, "no_control_socket", {}, server.error());
  }
}

awaitable<http::Said> OrdinalControl::carry_out(http::Order order) {
  if (std::holds_alternative<http::Reload>(order)) co_return co_await here_.reload();
  if (const auto* restart = std::get_if<http::Restart>(&order))
    co_return co_await here_.restart(restart->if_pending);
  if (auto* reinit_order = std::get_if<http::Reinit>(&order))
    co_return co_await reinit(std::move(reinit_order->pod));
  co_return refusal();
}

awaitable<http::Said> OrdinalControl::reinit(std::optional<core::PodName> pod) {
  const std::string own = own_().pod;
  if (!pod || pod->text == own) co_return co_await here_.reinit();
  co_return http::Said{.accepted = false,
                       .text = "this is " + own +
                               ", and members of this mode give each other no orders. Run it in "
                               "that pod: kubectl exec " +
                               pod->text + " -- pgordinal reinit"};
}

http::Said OrdinalControl::refusal() const {
  const core::ClusterSettings& cluster = context_.settings.cluster;
  if (!core::has_members(cluster.mode) || !cluster.identity)
    return {.text = "cluster.mode is \"standalone\": there are no other members"};
  return {.text = "cluster.mode is \"static\": the primary is always " +
                  cluster.identity->peer(cluster.primary).text +
                  "; only cluster.mode = \"elected\" changes it"};
}

awaitable<std::expected<core::Status, std::string>> OrdinalControl::ask_member(core::PodName pod,
                                                                               Pods there) {
  const std::uint16_t port = context_.settings.http.port;
  const auto parts = core::split_pod_name(pod.text);
  if (!parts || port == 0) co_return std::unexpected(pod.text + " cannot be asked: http.port is 0");
  std::string host = context_.settings.cluster.identity->address(parts->ordinal);
  http::LookUp look_up = [pod, there](std::string name,
                                      std::chrono::steady_clock::time_point deadline) {
    return addresses(std::move(name), deadline, pod, there);
  };
  const auto page = co_await http::fetch(executor_, std::move(host), port, "/status",
                                         status_answer_limit, std::move(look_up));
  co_return understand(pod.text, page);
}

awaitable<std::string> OrdinalControl::members() {
  const core::ClusterSettings& cluster = context_.settings.cluster;
  const auto there = std::make_shared<std::set<std::string>>();
  Roll roll{.peers = {},
            .ask = [this, there](core::PodName pod) { return ask_member(std::move(pod), there); },
            .own = own_,
            .known = [there] { return *there; }};
  if (core::has_members(cluster.mode) && cluster.identity) {
    roll.peers = peers_of(cluster);
    there->insert(cluster.identity->peer(cluster.primary).text);
  }
  return member_statuses(executor_, std::move(roll));
}

}  // namespace runtime
