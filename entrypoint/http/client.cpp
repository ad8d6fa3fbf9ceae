#include "http/client.hpp"

#include <algorithm>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "http/connection.hpp"
#include "http/server.hpp"

namespace http {

namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using TimePoint = std::chrono::steady_clock::time_point;

// A history of many timelines is longer than any request.
constexpr Sizes response_sizes{.body = std::size_t{1} << 20U};
constexpr std::size_t most_addresses = 4;
constexpr std::size_t nonce_bytes = 16;

std::unexpected<std::string> failed(std::string why) {
  return std::unexpected(std::move(why));
}

/// Where somebody is asked, and until when.
struct Place {
  asio::any_io_executor executor;
  std::string host;
  std::uint16_t port;
  LookUp look_up;
  TimePoint begun;
  TimePoint until;
};

Place place(const asio::any_io_executor& executor, std::string host, std::uint16_t port,
            LookUp look_up, core::Duration timeout) {
  const asio::steady_timer deadline(executor, timeout);
  return {.executor = executor,
          .host = std::move(host),
          .port = port,
          .look_up = std::move(look_up),
          .begun = deadline.expiry() - timeout,
          .until = deadline.expiry()};
}

struct Call {
  Place at;
  Request request;
  Keys keys;
  std::function<std::string(std::size_t)> random_hex;
};

/// Each address gets its share of the time, so that one that swallows packets leaves some to the
/// others.
awaitable<std::expected<std::unique_ptr<Connection>, std::string>> reach(const Place& at) {
  auto addresses = co_await at.look_up(at.host, at.until);
  if (!addresses) co_return failed(addresses.error());
  if (addresses->size() > most_addresses) addresses->resize(most_addresses);
  std::string why = "has no address";
  const auto share = (at.until - at.begun) / std::max(std::ssize(*addresses), std::ptrdiff_t{1});
  TimePoint until = at.begun;
  for (const std::string& text : *addresses) {
    until = text == addresses->back() ? at.until : until + share;
    boost::system::error_code error;
    const auto address = asio::ip::make_address(text, error);
    if (error) continue;
    auto connection = std::make_unique<Connection>(Socket(at.executor));
    const Endpoint endpoint{tcp::endpoint(address, at.port)};
    auto connected = co_await connection->connect(endpoint, until);
    if (connected) co_return std::move(connection);
    why = connected.error();
  }
  co_return failed(why);
}

/// A proven reply's response, if it is one to what was asked.
std::expected<Response, std::string> understand(const Reply& reply, const Request& request) {
  if (reply.status == 400) {
    // Its words, for the log: one line, whatever they are.
    std::string words = reply.body.substr(0, reply.body.find('\n')).substr(0, 200);
    return failed("did not understand the question: " + words);
  }
  if (reply.status != 200) return failed("answered with status " + std::to_string(reply.status));
  auto response = parse_response(reply.body);
  if (!response) return failed("answered what is no answer: " + response.error());
  if (response->from.pod != request.to_pod)
    return failed("was asked, but " + response->from.pod.text + " answered");
  if (response->round != request.round) return failed("answered another question");
  return response;
}

/// A question is put with each key in turn, as long as the server does not know it: while a new
/// secret is rolled out it may be older or newer than us.
awaitable<std::expected<Response, std::string>> converse(const Call& call, Connection& connection) {
  Received outgoing{.method = "POST", .target = peer_path, .keep_alive = true};
  const std::string body = to_text(call.request);
  auto reply = co_await connection.exchange(outgoing, call.at.host, response_sizes, call.at.until);
  for (const std::string& key : call.keys.usable()) {
    if (!reply) co_return failed(reply.error());
    const std::string challenge = value_of(reply->fields, challenge_field);
    if (reply->status != 401 || challenge.empty())
      co_return failed("is no pgordinal, or one that is not ready: it answered with status " +
                       std::to_string(reply->status));
    const Asked asked{.challenge = challenge,
                      .nonce = call.random_hex(nonce_bytes),
                      .method = outgoing.method,
                      .target = outgoing.target,
                      .pod = call.request.to_pod.text,
                      .body = body};
    outgoing.body = body;
    outgoing.fields[nonce_field] = asked.nonce;
    outgoing.fields[proof_field] = prove_request(key, asked);
    reply = co_await connection.exchange(outgoing, call.at.host, response_sizes, call.at.until);
    if (!reply) co_return failed(reply.error());
    if (reply->status == 401) continue;
    if (!same_proof(prove_response(key, asked, reply->status, reply->body),
                    value_of(reply->fields, proof_field)))
      co_return failed("answered without a proof of the cluster's secret (status " +
                       std::to_string(reply->status) + ")");
    co_return understand(*reply, call.request);
  }
  co_return failed(call.keys.usable().empty()
                       ? "was not asked: there is no secret of the cluster"
                       : "does not accept our secret of the cluster, or is another pod");
}

}  // namespace

awaitable<std::expected<Response, std::string>> ask(asio::any_io_executor executor,
                                                    std::string host, std::uint16_t port,
                                                    Request request, Keys keys,
                                                    core::Duration timeout,
                                                    Surroundings surroundings) {
  const Call call{
      .at = place(executor, std::move(host), port, std::move(surroundings.look_up), timeout),
      .request = std::move(request),
      .keys = std::move(keys),
      .random_hex = std::move(surroundings.random_hex)};
  const std::string who = call.request.to_pod.text + " ";
  auto connection = co_await reach(call.at);
  if (!connection) co_return failed(who + connection.error());
  auto response = co_await converse(call, **connection);
  if (!response) co_return failed(who + response.error());
  co_return response;
}

awaitable<std::expected<std::string, std::string>> fetch(asio::any_io_executor executor,
                                                         std::string host, std::uint16_t port,
                                                         std::string target, core::Duration timeout,
                                                         LookUp look_up) {
  const Place at = place(executor, std::move(host), port, std::move(look_up), timeout);
  auto connection = co_await reach(at);
  if (!connection) co_return failed(connection.error());
  const Received request{.method = "GET", .target = std::move(target)};
  auto reply = co_await (*connection)->exchange(request, at.host, response_sizes, at.until);
  if (!reply) co_return failed(reply.error());
  if (reply->status != 200)
    co_return failed("answered with status " + std::to_string(reply->status));
  co_return std::move(reply->body);
}

}  // namespace http
