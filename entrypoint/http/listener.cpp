#include "http/listener.hpp"

#include <algorithm>
#include <exception>
#include <list>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace http {

namespace {

namespace asio = boost::asio;
using asio::awaitable;
using boost::system::error_code;
using namespace asio::experimental::awaitable_operators;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
// After an error of accept, which is most often a lack of descriptors.
constexpr auto accept_pause = std::chrono::milliseconds(100);

struct Session {
  explicit Session(Socket socket)
      : thinking(socket.get_executor()), connection(std::move(socket)) {}
  asio::steady_timer thinking;
  Connection connection;
  Conversation conversation;
  bool answering = false;  // has a whole request
};

}  // namespace

struct Listener::State : std::enable_shared_from_this<State> {
  State(Acceptor given, Limits limits, Service service)
      : acceptor(std::move(given)),
        pause(acceptor.get_executor()),
        limits(limits),
        service(std::move(service)) {}

  void close() {
    closed = true;
    error_code ignored;
    acceptor.close(ignored);
    pause.cancel();
    for (const auto& session : sessions) {
      session->connection.close();
      session->thinking.cancel();
    }
  }

  awaitable<void> accept() {
    const auto self = shared_from_this();
    while (!closed) {
      Socket socket(acceptor.get_executor());
      const auto [error] = co_await acceptor.async_accept(socket, as_result);
      if (closed) break;
      if (error) {
        pause.expires_after(accept_pause);
        co_await pause.async_wait(as_result);
      } else {
        begin(std::move(socket));
      }
    }
  }

  void begin(Socket socket) {
    if (sessions.size() >= limits.connections && !make_room()) return;
    const auto session = std::make_shared<Session>(std::move(socket));
    sessions.push_back(session);
    asio::co_spawn(
        acceptor.get_executor(), serve(session),
        [self = shared_from_this(), session](const std::exception_ptr&) { self->end(session); });
  }

  bool make_room() {
    const auto idle = std::ranges::find_if(sessions, [](const auto& s) { return !s->answering; });
    if (idle == sessions.end()) return false;
    (*idle)->connection.close();  // its coroutine ends by itself
    sessions.erase(idle);
    return true;
  }

  void end(const std::shared_ptr<Session>& session) {
    session->connection.close();
    std::erase(sessions, session);
  }

  awaitable<void> serve(std::shared_ptr<Session> session) {
    const auto self = shared_from_this();
    for (bool more = true; more && !closed;) {
      auto received = co_await session->connection.receive(limits.sizes, limits.step);
      if (!received) {
        if (received.error().reply && !closed) {
          const Reply why = *received.error().reply;
          if (co_await session->connection.send(why, false, limits.step))
            co_await session->connection.finish(limits.step);
        }
        co_return;
      }
      session->answering = true;
      const bool keep_alive = received->keep_alive;
      const Reply reply = co_await think(*session, std::move(*received));
      if (closed || !session->connection.is_open()) co_return;
      more = co_await session->connection.send(reply, keep_alive, limits.step) && keep_alive;
      session->answering = false;
      // To the end of the list: the others have kept us waiting longer.
      const auto place = std::ranges::find(sessions, session);
      if (place != sessions.end()) sessions.splice(sessions.end(), sessions, place);
    }
    if (!closed) co_await session->connection.finish(limits.step);
  }

  awaitable<Reply> think(Session& session, Received received) {
    session.thinking.expires_after(limits.thinking);
    auto first = co_await (service(session.conversation, std::move(received)) ||
                           session.thinking.async_wait(as_result));
    if (first.index() == 0) co_return std::get<0>(std::move(first));
    co_return plain(503, "no answer in time");
  }

  Acceptor acceptor;
  asio::steady_timer pause;
  Limits limits;
  Service service;
  std::list<std::shared_ptr<Session>> sessions;  // who has kept us waiting longest comes first
  bool closed = false;
};

Listener::Listener(Acceptor acceptor, Limits limits, Service service)
    : state_(std::make_shared<State>(std::move(acceptor), limits, std::move(service))) {
  asio::co_spawn(state_->acceptor.get_executor(), state_->accept(),
                 [state = state_](const std::exception_ptr&) {
                   // Only at the end: accept() leaves its loop for nothing else.
                 });
}

Listener::~Listener() {
  state_->close();
}

std::size_t Listener::connections() const {
  return state_->sessions.size();
}

}  // namespace http
