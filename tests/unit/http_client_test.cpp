#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include "http/connection.hpp"
#include "http_fixture.hpp"

namespace {

using namespace http_test;
using asio::ip::tcp;
using core::elected::answer::Here;
namespace question = core::elected::question;

class HttpClient : public testing::Test, public Fixture {};

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

asio::awaitable<void> pump(tcp::socket& from, tcp::socket& to,
                           std::function<void(std::string&)> change) {
  for (std::array<char, 65536> bytes{};;) {
    const auto [error, size] = co_await from.async_read_some(asio::buffer(bytes), as_result);
    std::string text(bytes.data(), size);
    if (!text.empty() && change) change(text);
    co_await asio::async_write(to, asio::buffer(text), as_result);
    if (error) break;
  }
  boost::system::error_code ignored;
  to.close(ignored);
}

/// Somebody between client and server, who changes what the server says.
struct Between {
  Between(std::uint16_t to, const std::function<void(std::string&)>& change) {
    acceptor.async_accept(client, [this, to, change](const boost::system::error_code& error) {
      if (error) return;
      server.connect({asio::ip::address_v4::loopback(), to});
      asio::co_spawn(test_loop(), pump(client, server, {}), count_end());
      asio::co_spawn(test_loop(), pump(server, client, change), count_end());
    });
  }
  ~Between() {
    EXPECT_TRUE(eventually([this] { return ended == 2; }));
  }
  std::function<void(const std::exception_ptr&)> count_end() {
    return [this](const std::exception_ptr&) { ++ended; };
  }
  std::uint16_t port() const { return acceptor.local_endpoint().port(); }

  tcp::acceptor acceptor{test_loop(), {asio::ip::address_v4::loopback(), 0}};
  tcp::socket client{test_loop()};
  tcp::socket server{test_loop()};
  int ended = 0;
};

auto ask_port(std::uint16_t port, const http::Request& what, core::Duration timeout = soon,
              const std::string& host = "127.0.0.1") {
  return Fixture::run(
      http::ask(test_loop().get_executor(), host, port, what, keys(), timeout, surroundings()));
}

TEST_F(HttpClient, GetsTheAnswerToEachQuestion) {
  says = Here{.able = true};
  for (const auto& what : std::vector<decltype(http::Request::what)>{
           question::Where{},
           question::Promise{.holder = {.pod_uid = "u", .nonce = 1}, .duration = 1s},
           question::Withdraw{.holder = {.pod_uid = "u", .nonce = 1}}, http::Identify{},
           http::Relay{core::elected::LoseData{}}}) {
    const auto response = ask(request(what));
    ASSERT_TRUE(response) << response.error();
    EXPECT_EQ(response->what, says);
    EXPECT_EQ(response->from.data.number, 99U);
    EXPECT_EQ(asked.back(), request(what));
  }
}

TEST_F(HttpClient, GetsAnAnswerThatIsLongerThanAnyQuestion) {
  Here here;
  for (std::uint32_t i = 1; i < 5000; ++i)
    here.history.push_back({.timeline = {i}, .at = {std::uint64_t{i} << 24U}});
  says = here;
  const auto response = ask(request());
  ASSERT_TRUE(response) << response.error();
  EXPECT_EQ(response->what, says);
}

TEST_F(HttpClient, ReachesAServerByIPv6AsWell) {
  const auto response = ask_port(server->port(), request(), soon, "::1");
  if (!response) {
    // Only where the machine has no IPv6 at all.
    boost::system::error_code error;
    tcp::socket(test_loop()).connect({asio::ip::address_v6::loopback(), server->port()}, error);
    EXPECT_NE(error, boost::system::error_code{}) << response.error();
  }
}

TEST_F(HttpClient, APageIsFetchedWithoutAProof) {
  const auto fetch = [this](std::string host, std::string target) {
    return run(http::fetch(test_loop().get_executor(), std::move(host), server->port(),
                           std::move(target), soon, surroundings().look_up));
  };
  EXPECT_EQ(fetch("127.0.0.1", "/livez"), "ok\n");
  EXPECT_EQ(fetch("127.0.0.1", "/nothing").error(), "answered with status 404");
  EXPECT_EQ(fetch("nowhere", "/livez").error(), "has no address: no such name");
}

TEST_F(HttpClient, APageThatDoesNotComeEndsInTime) {
  // The system accepts, nobody answers.
  const tcp::acceptor silent(test_loop(), {asio::ip::address_v4::loopback(), 0});
  const auto page =
      run(http::fetch(test_loop().get_executor(), "127.0.0.1", silent.local_endpoint().port(),
                      "/livez", short_, surroundings().look_up));
  EXPECT_EQ(page.error(), "did not answer in time");
}

TEST_F(HttpClient, AnotherSecretIsRefused) {
  const auto response = ask(request(), other_keys());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error(), "pg-1 does not accept our secret of the cluster, or is another pod");
  EXPECT_TRUE(asked.empty());
}

TEST_F(HttpClient, WithoutASecretNothingIsAsked) {
  const auto response = ask(request(), {});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error(), "pg-1 was not asked: there is no secret of the cluster");
}

TEST_F(HttpClient, WhileASecretIsRolledOutOldAndNewUnderstandEachOther) {
  const std::string former = keys().current;
  const http::Keys both{.current = other_keys().current, .former = {former}};
  EXPECT_TRUE(ask(request(), both));  // the server is older
  start(both);
  EXPECT_TRUE(ask(request()));  // the server is newer
  EXPECT_TRUE(ask(request(), other_keys()));
  server->use(other_keys());
  EXPECT_FALSE(ask(request()));
  EXPECT_EQ(asked.size(), 3U);
}

TEST_F(HttpClient, AnotherPodAtTheAddressIsNotBelieved) {
  http::Request elsewhere = request();
  elsewhere.to_pod = {"pg-2"};
  const auto response = ask(elsewhere);
  ASSERT_FALSE(response);
  EXPECT_TRUE(asked.empty());
}

TEST_F(HttpClient, AnAlteredResponseIsNotBelieved) {
  says = core::elected::answer::No{};
  const auto through = [&](auto change) {
    const Between between(server->port(), change);
    return ask_port(between.port(), request());
  };
  EXPECT_TRUE(through([](std::string&) {}));
  const auto replace = [](std::string& text, const std::string& old, const std::string& with) {
    if (const auto at = text.find(old); at != std::string::npos) text.replace(at, old.size(), with);
  };
  // "no" and its blank: the length stays.
  const auto body = through([&](std::string& text) { replace(text, R"("no"})", R"("no" )"); });
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error(), "pg-1 answered without a proof of the cluster's secret (status 200)");
  const auto round =
      through([&](std::string& text) { replace(text, "\"round\":7", "\"round\":8"); });
  EXPECT_FALSE(round);
  const auto status =
      through([&](std::string& text) { replace(text, "HTTP/1.1 200", "HTTP/1.1 400"); });
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error(), "pg-1 answered without a proof of the cluster's secret (status 400)");
  const auto none = through([&](std::string& text) { replace(text, http::proof_field, "X"); });
  EXPECT_FALSE(none);
}

TEST_F(HttpClient, AnOldResponseIsNotBelieved) {
  std::string recorded;
  const auto record = [&](std::string& text) {
    if (text.starts_with("HTTP/1.1 200")) recorded = text;
  };
  {
    const Between between(server->port(), record);
    ASSERT_TRUE(ask_port(between.port(), request()));
  }
  ASSERT_FALSE(recorded.empty());
  const Between between(server->port(), [&](std::string& text) {
    if (text.starts_with("HTTP/1.1 200")) text = recorded;
  });
  EXPECT_FALSE(ask_port(between.port(), request()));
}

TEST_F(HttpClient, APeerThatAcceptsAndSaysNothingIsGivenUp) {
  tcp::acceptor silent(test_loop(), {asio::ip::address_v4::loopback(), 0});
  const auto response = ask_port(silent.local_endpoint().port(), request(), short_);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error(), "pg-1 did not answer in time");
}

TEST_F(HttpClient, APeerThatGoesOnAndOnIsGivenUp) {
  const Between between(server->port(), [](std::string& text) {
    const std::size_t head = text.find("\r\n");
    text.insert(head, "\r\nX: " + std::string(20000, 'x'));
  });
  EXPECT_FALSE(ask_port(between.port(), request()));
}

TEST_F(HttpClient, APeerThatIsNotThereIsSaid) {
  const std::uint16_t port = server->port();
  server.reset();
  const auto response = ask_port(port, request());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error(), "pg-1 cannot be reached: Connection refused");
  EXPECT_EQ(ask_port(port, request(), soon, "nowhere").error(),
            "pg-1 has no address: no such name");
}

TEST_F(HttpClient, AnotherProgramAtThePortIsSaid) {
  auto listening = http::Server::listen(test_loop().get_executor(), 0, self, keys(), {});
  ASSERT_TRUE(listening);
  const auto response = ask_port(listening->port(), request());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error(),
            "pg-1 is no pgordinal, or one that is not ready: it answered with status 404");
}

TEST_F(HttpClient, TheNextAddressIsTriedWhereOneDoesNotAnswer) {
  http::Surroundings two = surroundings();
  // Nobody listens at the first.
  two.look_up = [](std::string,
                   auto) -> asio::awaitable<std::expected<std::vector<std::string>, std::string>> {
    co_return std::vector<std::string>{"127.0.0.2", "127.0.0.1"};
  };
  const Between between(server->port(), {});
  const auto response = run(
      http::ask(test_loop().get_executor(), "pg-1", between.port(), request(), keys(), soon, two));
  EXPECT_TRUE(response) << response.error();
}

}  // namespace
