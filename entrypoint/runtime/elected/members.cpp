#include "runtime/elected/members.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "postgres/name_lookup.hpp"
#include "runtime/clock.hpp"
#include "runtime/random.hpp"

namespace runtime::elected {

namespace asio = boost::asio;
namespace answer = core::elected::answer;
namespace question = core::elected::question;
using asio::awaitable;
using core::elected::Member;

namespace {

/// A member that starts refuses connections for a moment: it is asked again within the time that
/// its answer has.
constexpr core::Duration again_after = std::chrono::milliseconds(150);
/// Longer than a decision needs to answer; the asker's own limit ends it otherwise.
constexpr core::Duration longest_answer = std::chrono::seconds(2);

/// How long a name server may take before the last known address is tried: the proof in the answer
/// shows whether that pod is still there.
constexpr core::Duration lookup_limit = std::chrono::milliseconds(400);

std::chrono::steady_clock::time_point in(const asio::any_io_executor& executor,
                                         core::Duration limit) {
  asio::steady_timer timer(executor);
  timer.expires_after(limit);
  return timer.expiry();
}

core::elected::answer::Any answer_of(const http::Response& response) {
  if (const auto* here = std::get_if<answer::Here>(&response.what)) return *here;
  if (std::holds_alternative<answer::Yes>(response.what)) return answer::Yes{};
  return answer::No{};
}

}  // namespace

Members::Members(const asio::any_io_executor& executor, const Context& context, Told told)
    : executor_(executor),
      context_(context),
      self_(context.settings.cluster.identity->pod()),
      told_(std::move(told)) {}

std::expected<void, std::string> Members::listen() {
  http::Handlers handlers{
      .peer = [this](http::Request request) { return respond(std::move(request)); },
      .page = [this](http::Method, std::string_view target) { return told_.page(target); },
      .random_hex = random_hex};
  auto server = http::Server::listen(executor_, context_.settings.http.port, self_, keys(),
                                     std::move(handlers));
  if (!server) return std::unexpected(server.error());
  server_ = std::move(*server);
  return {};
}

void Members::use_keys() {
  if (server_) server_->use(keys());
}

http::Keys Members::keys() const {
  return {.current = context_.settings.elected.peer_keys.front(),
          .former = {context_.settings.elected.peer_keys.begin() + 1,
                     context_.settings.elected.peer_keys.end()}};
}

bool Members::is_missing(const core::PodName& pod) const {
  return missing_.contains(address(pod));
}

std::string Members::address(const core::PodName& pod) const {
  const auto parts = core::split_pod_name(pod.text);
  return parts ? context_.settings.cluster.identity->address(parts->ordinal) : pod.text;
}

awaitable<Members::Addresses> Members::look_up(std::string host,
                                               std::chrono::steady_clock::time_point deadline) {
  const auto soon = std::min(deadline, in(executor_, lookup_limit));
  auto found = co_await postgres::look_up(host, soon);
  if (found) {
    known_.insert_or_assign(host, *found);
    missing_.erase(host);
    co_return *found;
  }
  using Kind = postgres::LookupError::Kind;
  if (found.error().kind == Kind::no_such_name) {
    gone_.insert(host);
    missing_.insert(host);
  } else if (const auto known = known_.find(host); known != known_.end()) {
    co_return known->second;
  }
  co_return std::unexpected("has no address: " + found.error().message);
}

awaitable<std::expected<http::Response, std::string>> Members::send(http::Request request,
                                                                    core::Duration limit) {
  std::string host = address(request.to_pod);
  http::Surroundings surroundings{
      .look_up =
          [this](std::string name, std::chrono::steady_clock::time_point deadline) {
            return look_up(std::move(name), deadline);
          },
      .random_hex = random_hex};
  co_return co_await http::ask(executor_, std::move(host), context_.settings.http.port,
                               std::move(request), keys(), limit, std::move(surroundings));
}

awaitable<std::expected<http::Response, std::string>> Members::call(
    core::PodName pod, decltype(http::Request::what) what, core::Duration limit) {
  http::Request request{
      .from = self_, .to_pod = std::move(pod), .to = {}, .round = 0, .what = std::move(what)};
  co_return co_await send(std::move(request), limit);
}

void Members::ask(const core::elected::action::Ask& deed) {
  for (const Member& whom : deed.whom) {
    asio::co_spawn(executor_, ask_one(whom, deed.round, deed.question, deed.deadline),
                   asio::detached);
  }
}

awaitable<void> Members::ask_one(Member whom, std::uint64_t round, question::Any question,
                                 core::Instant deadline) {
  http::Request request{
      .from = self_, .to_pod = whom.pod, .to = whom.data, .round = round, .what = {}};
  std::visit([&](auto& what) { request.what = what; }, question);
  asio::steady_timer pause(executor_);
  const std::string host = address(whom.pod);
  while (now() < deadline) {
    gone_.erase(host);
    const auto response = co_await send(request, deadline - now());
    if (response) {
      told_.answered({.from = response->from,
                      .to = whom.data,
                      .round = response->round,
                      .answer = answer_of(*response),
                      .at = now()});
      co_return;
    }
    // There is no such pod now: where a copy of the data stands, it cannot say, and need not be
    // waited for. Of promises this says nothing.
    if (gone_.contains(host) && std::holds_alternative<question::Where>(question)) {
      told_.answered(
          {.from = whom, .to = whom.data, .round = round, .answer = answer::Absent{}, .at = now()});
      co_return;
    }
    pause.expires_after(again_after);
    co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

awaitable<http::Response> Members::respond(http::Request request) {
  http::Response response{.from = told_.self(), .round = request.round, .what = {}};
  if (std::holds_alternative<http::Identify>(request.what)) {
    response.what = told_.identity();
    co_return response;
  }
  if (std::holds_alternative<http::Show>(request.what)) {
    response.what = http::Shown{.text = told_.page("/status").body};
    co_return response;
  }
  if (auto* relay = std::get_if<http::Relay>(&request.what)) {
    response.what = co_await told_.commanded(std::move(relay->command));
    co_return response;
  }
  const std::uint64_t ticket = ++last_ticket_;
  core::elected::PeerQuestion asked{.ticket = ticket, .to = request.to, .question = {}};
  std::visit(
      [&](auto& what) {
        if constexpr (requires { asked.question = what; }) asked.question = what;
      },
      request.what);
  const auto waiting = std::make_shared<Waiting>(asio::steady_timer(executor_));
  waiting_.emplace(ticket, waiting);
  told_.asked(std::move(asked));
  waiting->timer.expires_after(longest_answer);
  co_await waiting->timer.async_wait(asio::as_tuple(asio::use_awaitable));
  waiting_.erase(ticket);
  // Which copy it is, as of the answer.
  response.from = told_.self();
  if (waiting->answer) {
    std::visit(
        [&](auto& given) {
          if constexpr (requires { response.what = given; }) response.what = given;
        },
        *waiting->answer);
  } else {
    response.what = answer::No{};
  }
  co_return response;
}

void Members::answer(const core::elected::action::Answer& deed) {
  const auto found = waiting_.find(deed.ticket);
  if (found == waiting_.end()) return;
  found->second->answer = deed.answer;
  found->second->timer.cancel();
}

}  // namespace runtime::elected
