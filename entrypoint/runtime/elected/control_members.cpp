#include <set>

#include "http/status_text.hpp"
#include "runtime/elected/control.hpp"
#include "runtime/member_statuses.hpp"

namespace runtime::elected {

using boost::asio::awaitable;

namespace {

std::expected<core::Status, std::string> understand(
    const std::expected<http::Response, std::string>& response) {
  if (!response) return std::unexpected(response.error());
  const auto* shown = std::get_if<http::Shown>(&response->what);
  if (shown == nullptr) return std::unexpected("did not understand the question");
  return http::parse_status(shown->text);
}

}  // namespace

/// Whom the Lease shows: they are told of whether they answer or not.
std::set<std::string> Control::known_members() const {
  std::set<std::string> known;
  const core::elected::Record* seen = record();
  if (seen == nullptr) return known;
  known.insert(seen->last.pod.text);
  for (const core::elected::Member& member : seen->candidates)
    known.insert(member.pod.text);
  return known;
}

awaitable<std::expected<core::Status, std::string>> Control::ask_member(core::PodName pod) {
  const auto response = co_await members_.call(std::move(pod), http::Show{}, status_answer_limit);
  co_return understand(response);
}

awaitable<std::string> Control::members() {
  return member_statuses(executor_,
                         {.peers = told_.peers,
                          .ask = [this](core::PodName pod) { return ask_member(std::move(pod)); },
                          .own = told_.status,
                          .known = [this] { return known_members(); }});
}

}  // namespace runtime::elected
