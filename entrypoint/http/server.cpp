#include "http/server.hpp"

#include <cstring>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>

namespace http {

namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t challenge_bytes = 16;

/// What the services need; they outlive the server where one is under way.
struct Shared {
  core::PodName self;
  Keys keys;
  Handlers handlers;
};

/// The first request of a connection never has a proof: its answer is the challenge.
Reply unauthenticated(Shared& shared, Conversation& conversation) {
  conversation.challenge = shared.handlers.random_hex(challenge_bytes);
  return plain(401, "no proof of the cluster's secret, or one for another pod",
               {{"WWW-Authenticate", "Pgordinal"}, {challenge_field, conversation.challenge}});
}

awaitable<Reply> answer_peer(std::shared_ptr<Shared> shared, Conversation& conversation,
                             Received received) {
  const Asked asked{.challenge = std::exchange(conversation.challenge, {}),
                    .nonce = value_of(received.fields, nonce_field),
                    .method = received.method,
                    .target = received.target,
                    .pod = shared->self.text,
                    .body = std::move(received.body)};
  std::optional<std::string> key;
  if (!asked.challenge.empty())
    key = key_of(shared->keys, asked, value_of(received.fields, proof_field));
  if (!key) co_return unauthenticated(*shared, conversation);

  Reply reply;
  reply.content_type = "application/json";
  auto request = parse_request(asked.body);
  if (request && request->to_pod != shared->self)
    request = std::unexpected("\"to\" is another pod than the proof's");
  if (request) {
    reply.body = to_text(co_await shared->handlers.peer(std::move(*request)));
  } else {
    reply = plain(400, request.error());
  }
  reply.fields[proof_field] = prove_response(*key, asked, reply.status, reply.body);
  co_return reply;
}

Reply show_page(const Shared& shared, const Received& received) {
  const auto shown = [&](Method method) {
    Page page = shared.handlers.page ? shared.handlers.page(method, received.target) : Page{};
    Reply reply;
    reply.status = page.status;
    reply.body = std::move(page.body);
    reply.content_type = std::move(page.content_type);
    return reply;
  };
  if (received.method == "GET") return shown(Method::get);
  if (received.method == "HEAD") {
    Reply reply = shown(Method::head);
    reply.head_only = true;
    return reply;
  }
  if (received.method == "OPTIONS") {
    Reply reply = shown(Method::options);
    reply.body.clear();
    reply.fields["Allow"] = "GET, HEAD, OPTIONS";
    return reply;
  }
  Reply reply = shown(Method::get);
  if (reply.status == 404) return reply;
  return plain(405, "only GET, HEAD and OPTIONS", {{"Allow", "GET, HEAD, OPTIONS"}});
}

awaitable<Reply> answer(std::shared_ptr<Shared> shared, Conversation& conversation,
                        Received received) {
  if (received.target == peer_path && shared->handlers.peer) {
    if (received.method != "POST") co_return plain(405, "only POST", {{"Allow", "POST"}});
    co_return co_await answer_peer(shared, conversation, std::move(received));
  }
  co_return show_page(*shared, received);
}

std::expected<Acceptor, error_code> bound(const asio::any_io_executor& executor,
                                          const tcp::endpoint& where) {
  Acceptor acceptor(executor);
  error_code error;
  acceptor.open(where.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error && where.protocol() == tcp::v6()) acceptor.set_option(asio::ip::v6_only(false), error);
  if (!error) acceptor.bind(where, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return std::unexpected(error);
  return acceptor;
}

/// The port of an address of either family is at the same place of it.
std::uint16_t port_of(const Acceptor& acceptor) {
  error_code ignored;
  const Endpoint local = acceptor.local_endpoint(ignored);
  tcp::endpoint address;
  if (local.size() > address.capacity()) return 0;
  std::memcpy(address.data(), local.data(), local.size());
  return address.port();
}

}  // namespace

struct Server::State {
  std::shared_ptr<Shared> shared;
  std::uint16_t port;
  Listener listener;
};

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::Server(Server&&) noexcept = default;
Server& Server::operator=(Server&&) noexcept = default;
Server::~Server() = default;

std::expected<Server, std::string> Server::listen(const asio::any_io_executor& executor,
                                                  std::uint16_t port, core::PodName self, Keys keys,
                                                  Handlers handlers, Limits limits) {
  auto acceptor = bound(executor, tcp::endpoint(tcp::v6(), port));
  // Anything but a port that is taken means that there is no IPv6 here.
  if (!acceptor && acceptor.error() != asio::error::address_in_use &&
      acceptor.error() != asio::error::access_denied)
    acceptor = bound(executor, tcp::endpoint(tcp::v4(), port));
  if (!acceptor) {
    return std::unexpected("cannot listen on port " + std::to_string(port) + ": " +
                           acceptor.error().message());
  }
  const auto shared =
      std::make_shared<Shared>(std::move(self), std::move(keys), std::move(handlers));
  const std::uint16_t bound_port = port_of(*acceptor);
  return Server(std::unique_ptr<State>(
      new State{shared, bound_port,
                Listener(std::move(*acceptor), limits,
                         [shared](Conversation& conversation, Received received) {
                           return answer(shared, conversation, std::move(received));
                         })}));
}

std::uint16_t Server::port() const {
  return state_->port;
}

void Server::use(Keys keys) {
  state_->shared->keys = std::move(keys);
}

std::size_t Server::connections() const {
  return state_->listener.connections();
}

}  // namespace http
