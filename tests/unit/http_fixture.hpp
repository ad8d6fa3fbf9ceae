#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/client.hpp"
#include "http/server.hpp"
#include "postgres_await.hpp"
#include "runtime/random.hpp"

namespace http_test {

using namespace std::chrono_literals;
namespace asio = boost::asio;

constexpr core::Duration soon = 10s;      ///< nothing in a test should take that long
constexpr core::Duration short_ = 200ms;  ///< a time-out that is meant to pass

inline const core::PodName self{"pg-1"};
inline const core::PodName asker{"pg-0"};
inline http::Keys keys() {
  return {.current = std::string(32, 'k')};
}
inline http::Keys other_keys() {
  return {.current = std::string(32, 'x')};
}

inline http::Request request(decltype(http::Request::what) what = http::Identify{}) {
  return {.from = asker, .to_pod = self, .round = 7, .what = std::move(what)};
}

inline http::Surroundings surroundings() {
  return {.look_up = [](std::string host, std::chrono::steady_clock::time_point)
              -> asio::awaitable<std::expected<std::vector<std::string>, std::string>> {
            if (host == "nowhere") co_return std::unexpected("has no address: no such name");
            co_return std::vector<std::string>{host};
          },
          .random_hex = &runtime::random_hex};
}

/// A server that answers with what the test says, and remembers what it was asked.
struct Fixture {
  std::vector<http::Request> asked{};
  decltype(http::Response::what) says = core::elected::answer::Yes{};
  http::Limits limits{};
  std::unique_ptr<http::Server> server{};

  Fixture() { start(); }

  void start(const http::Keys& ring = keys()) { start(handlers(), ring); }
  void start(http::Handlers by, const http::Keys& ring = keys()) {
    server.reset();
    auto listening =
        http::Server::listen(test_loop().get_executor(), 0, self, ring, std::move(by), limits);
    if (!listening) throw std::runtime_error(listening.error());
    server = std::make_unique<http::Server>(std::move(*listening));
  }

  http::Handlers handlers() {
    return {.peer = [this](http::Request got) -> asio::awaitable<http::Response> {
              asked.push_back(got);
              co_return http::Response{
                  .from = {.pod = self, .data = {99}}, .round = got.round, .what = says};
            },
            .page = [](http::Method, std::string_view target) -> http::Page {
              if (target == "/livez") return {.status = 200, .body = "ok\n"};
              return {};
            },
            .random_hex = &runtime::random_hex};
  }

  auto ask(const http::Request& what, const http::Keys& with = keys(),
           core::Duration timeout = soon) {
    return run(http::ask(test_loop().get_executor(), "127.0.0.1", server->port(), what, with,
                         timeout, surroundings()));
  }

  /// Runs the loop until the coroutine has ended; what else is on the loop stays.
  template <class Value>
  static Value run(asio::awaitable<Value> work) {
    std::optional<Value> result;
    asio::co_spawn(test_loop(), keep(std::move(work), result),
                   [](const std::exception_ptr& failure) {
                     if (failure) std::rethrow_exception(failure);
                   });
    test_loop().restart();
    while (!result)
      test_loop().run_one();
    return std::move(*result);
  }
};

/// A peer that speaks bytes, whatever they are: a blocking socket in the test's own thread, while
/// the loop runs in between.
class Raw {
 public:
  explicit Raw(std::uint16_t port);
  void send(std::string_view bytes);
  void end();  ///< nothing more comes
  /// What came until the text holds `end`, the server closed, or 10 s passed.
  std::string read_until(std::string_view end);
  /// A whole reply with its body.
  std::string read_reply();
  bool closed();  ///< waits for it

 private:
  bool read_some();

  asio::ip::tcp::socket socket_{test_loop()};
  std::string got_{};
  bool closed_ = false;
};

/// Runs the loop until the condition holds; false after 10 s.
bool eventually(const std::function<bool()>& condition);

/// A POST to /peer.
std::string post(const std::string& body, const std::string& fields = {});
/// A request as `http::ask` makes it, with the challenge that the server gave.
std::string proven(const std::string& challenge, const std::string& body,
                   const core::PodName& pod = self, const http::Keys& with = keys());
/// The challenge of a request without a proof.
std::string challenge_of(Raw& raw);

/// The value of a field in a reply.
std::string field_in(const std::string& reply, const std::string& name);

}  // namespace http_test
