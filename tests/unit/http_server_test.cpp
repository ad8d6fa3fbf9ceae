#include <gtest/gtest.h>

#include "http/connection.hpp"
#include "http_fixture.hpp"

namespace {

using namespace http_test;
using testing::Test;

class HttpServer : public Test, public Fixture {
 protected:
  std::uint16_t port() const { return server->port(); }
};

const std::string livez = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";

testing::AssertionResult status(const std::string& reply, int expected) {
  if (reply.starts_with("HTTP/1.1 " + std::to_string(expected) + " "))
    return testing::AssertionSuccess();
  return testing::AssertionFailure() << reply;
}

TEST_F(HttpServer, ShowsAPageToEverybody) {
  Raw raw(port());
  raw.send(livez);
  const std::string reply = raw.read_reply();
  EXPECT_TRUE(status(reply, 200));
  EXPECT_TRUE(reply.ends_with("\r\n\r\nok\n")) << reply;
}

TEST_F(HttpServer, AnswersSeveralRequestsOfOneConnectionAlsoIfTheyComeAtOnce) {
  Raw raw(port());
  raw.send(livez + livez + "GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(status(raw.read_reply(), 200));
  EXPECT_TRUE(status(raw.read_reply(), 200));
  EXPECT_TRUE(status(raw.read_reply(), 200));
  EXPECT_TRUE(raw.closed());
}

TEST_F(HttpServer, HeadAndOptionsHaveTheStatusButNoBody) {
  Raw raw(port());
  raw.send("HEAD /livez HTTP/1.1\r\nHost: a\r\n\r\nOPTIONS /livez HTTP/1.1\r\nHost: a\r\n\r\n" +
           livez);
  const std::string head = raw.read_until("\r\n\r\n");
  EXPECT_TRUE(status(head, 200));
  EXPECT_EQ(field_in(head, "Content-Length"), "3");
  EXPECT_TRUE(status(raw.read_reply(), 200));
  EXPECT_TRUE(raw.read_reply().ends_with("ok\n"));
}

TEST_F(HttpServer, SaysWhatIsWrongWithARequest) {
  const std::string close = "Host: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  for (const auto& [bytes, expected] : std::vector<std::pair<std::string, int>>{
           {"GET /nothing HTTP/1.1\r\n" + close, 404},
           {"POST /nothing HTTP/1.1\r\n" + close, 404},
           {"DELETE /livez HTTP/1.1\r\n" + close, 405},
           {"GET /peer HTTP/1.1\r\n" + close, 405},
           {"POST /peer HTTP/1.1\r\n" + close, 401},
           {"rubbish\r\n\r\n", 400},
           {"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400},
           {std::string(1000, '\x16'), 400},
           {"GET /" + std::string(9000, 'a') + " HTTP/1.1\r\n" + close, 431},
           {"GET / HTTP/1.1\r\nA: " + std::string(9000, 'a') + "\r\n" + close, 431},
           {"POST /peer HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n", 413},
           {"POST /peer HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
           {"POST /peer HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n20000\r\n" +
                std::string(0x20000, 'a') + "\r\n0\r\n\r\n",
            413}}) {
    Raw raw(port());
    raw.send(bytes);
    EXPECT_TRUE(status(raw.read_reply(), expected)) << bytes.substr(0, 60);
    EXPECT_TRUE(raw.closed()) << bytes.substr(0, 60);
  }
  EXPECT_TRUE(asked.empty());
}

TEST_F(HttpServer, AProvenRequestIsAnsweredWithAProof) {
  Raw raw(port());
  raw.send(proven(challenge_of(raw), to_text(request())));
  const std::string reply = raw.read_reply();
  EXPECT_TRUE(status(reply, 200));
  EXPECT_EQ(field_in(reply, http::proof_field).size(), 64U);
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked.front(), request());
}

TEST_F(HttpServer, ARecordedRequestProvesNothingAgain) {
  Raw first(port());
  const std::string recorded = proven(challenge_of(first), to_text(request()));
  first.send(recorded);
  EXPECT_TRUE(status(first.read_reply(), 200));
  first.send(recorded);  // the same connection
  EXPECT_TRUE(status(first.read_reply(), 401));
  Raw second(port());
  second.send(post("") + recorded);  // all that was recorded
  EXPECT_TRUE(status(second.read_reply(), 401));
  EXPECT_TRUE(status(second.read_reply(), 401));
  EXPECT_EQ(asked.size(), 1U);
}

TEST_F(HttpServer, AChallengeIsGoodForOneAttempt) {
  Raw raw(port());
  const std::string challenge = challenge_of(raw);
  raw.send(proven(challenge, to_text(request()), self, other_keys()));
  EXPECT_TRUE(status(raw.read_reply(), 401));
  raw.send(proven(challenge, to_text(request())));
  EXPECT_TRUE(status(raw.read_reply(), 401));
  EXPECT_TRUE(asked.empty());
}

TEST_F(HttpServer, ARequestForAnotherPodProvesNothingHere) {
  Raw raw(port());
  http::Request elsewhere = request();
  elsewhere.to_pod = {"pg-2"};
  // Somebody in between hands our challenge to a client that means pg-2.
  raw.send(proven(challenge_of(raw), to_text(elsewhere), elsewhere.to_pod));
  EXPECT_TRUE(status(raw.read_reply(), 401));
  raw.send(proven(challenge_of(raw), to_text(elsewhere)));
  EXPECT_TRUE(status(raw.read_reply(), 400));
  EXPECT_TRUE(asked.empty());
}

TEST_F(HttpServer, AnAlteredBodyProvesNothing) {
  Raw raw(port());
  std::string bytes = proven(challenge_of(raw), to_text(request()));
  bytes.replace(bytes.find("\"round\":7"), 9, "\"round\":8");
  raw.send(bytes);
  EXPECT_TRUE(status(raw.read_reply(), 401));
  EXPECT_TRUE(asked.empty());
}

TEST_F(HttpServer, AProvenRequestThatNobodyUnderstandsIs400) {
  Raw raw(port());
  raw.send(proven(challenge_of(raw), "{}"));
  const std::string reply = raw.read_reply();
  EXPECT_TRUE(status(reply, 400));
  EXPECT_TRUE(reply.ends_with("\"from\" is missing\n")) << reply;
}

TEST_F(HttpServer, ASlowRequestEndsAndDelaysNobody) {
  limits.step = short_;
  start();
  Raw slow(port());
  slow.send("GET /livez HT");
  Raw body(port());
  body.send("POST /peer HTTP/1.1\r\nContent-Length: 5\r\n\r\n12");
  Raw quick(port());
  quick.send(livez);
  EXPECT_TRUE(status(quick.read_reply(), 200));
  EXPECT_TRUE(status(slow.read_reply(), 408));
  EXPECT_TRUE(status(body.read_reply(), 408));
  EXPECT_TRUE(slow.closed());
  EXPECT_TRUE(body.closed());
}

TEST_F(HttpServer, WhoDribblesDoesNotGetMoreTime) {
  limits.step = short_;
  start();
  Raw slow(port());
  asio::steady_timer dribble(test_loop());
  std::size_t sent = 0;
  const std::string bytes = "GET /livez HTTP/1.1\r\nX: " + std::string(5000, 'a');
  const bool closed = eventually([&] {
    slow.send(std::string_view(bytes).substr(sent++ % bytes.size(), 1));
    return server->connections() == 0 && sent > 2;
  });
  EXPECT_TRUE(closed);
  EXPECT_LT(sent, bytes.size());
}

TEST_F(HttpServer, WhoSaysNothingIsClosedWithoutAWord) {
  limits.step = short_;
  start();
  Raw raw(port());
  EXPECT_EQ(raw.read_until("\n"), "");
  EXPECT_TRUE(raw.closed());
}

TEST_F(HttpServer, WhoDoesNotReadIsLeftBehind) {
  limits.step = short_;
  start();
  Raw raw(port());
  std::string many;
  for (int i = 0; i < 1000; ++i)
    many += livez;
  EXPECT_TRUE(eventually([&] { return server->connections() == 1; }));
  raw.send(many);
  EXPECT_TRUE(eventually([&] { return server->connections() == 0; }));
}

TEST_F(HttpServer, HalfARequestIsNoRequest) {
  const std::string whole = post("12345");
  for (std::size_t size = 1; size < whole.size(); size += 7) {
    auto raw = std::make_unique<Raw>(port());
    raw->send(whole.substr(0, size));
    ASSERT_TRUE(eventually([&] { return server->connections() == 1; }));
    raw.reset();
    EXPECT_TRUE(eventually([&] { return server->connections() == 0; })) << size;
  }
}

TEST_F(HttpServer, ConnectionsThatSayNothingKeepNobodyOut) {
  limits.connections = 8;
  start();
  std::vector<std::unique_ptr<Raw>> idle;
  for (int i = 0; i < 50; ++i) {
    idle.push_back(std::make_unique<Raw>(port()));
    if (i % 2 == 0) idle.back()->send("GET /li");
    test_loop().restart();
    test_loop().poll();
    EXPECT_LE(server->connections(), 8U);
  }
  Raw raw(port());
  raw.send(livez);
  EXPECT_TRUE(status(raw.read_reply(), 200));
  EXPECT_EQ(server->connections(), 8U);
  EXPECT_TRUE(idle.front()->closed());
}

TEST_F(HttpServer, AHandlerThatTakesTooLongIsEnded) {
  limits.thinking = short_;
  bool ended = false;
  auto slow = handlers();
  slow.peer = [&](const http::Request&) -> asio::awaitable<http::Response> {
    const std::shared_ptr<bool> guard(&ended, [](bool* end) { *end = true; });
    asio::steady_timer never(test_loop(), 1h);
    co_await never.async_wait(asio::use_awaitable);
    co_return http::Response{};
  };
  start(slow);
  Raw raw(port());
  raw.send(proven(challenge_of(raw), to_text(request())));
  EXPECT_TRUE(status(raw.read_reply(), 503));
  EXPECT_TRUE(ended);
}

TEST_F(HttpServer, AHandlerThatIsUnderWayEndsWithTheServer) {
  bool began = false;
  bool ended = false;
  auto slow = handlers();
  slow.peer = [&](const http::Request&) -> asio::awaitable<http::Response> {
    began = true;
    const std::shared_ptr<bool> guard(&ended, [](bool* end) { *end = true; });
    asio::steady_timer never(test_loop(), 1h);
    co_await never.async_wait(asio::use_awaitable);
    co_return http::Response{};
  };
  start(slow);
  Raw raw(port());
  raw.send(proven(challenge_of(raw), to_text(request())));
  ASSERT_TRUE(eventually([&] { return began; }));
  server.reset();
  EXPECT_TRUE(eventually([&] { return ended; }));
  EXPECT_TRUE(raw.closed());
}

TEST_F(HttpServer, APortThatIsTakenIsSaid) {
  const auto second = http::Server::listen(test_loop().get_executor(), port(), self, keys(), {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(),
            "cannot listen on port " + std::to_string(port()) + ": Address already in use");
}

TEST_F(HttpServer, LeavesNothingBehind) {
  Raw raw(port());
  raw.send(livez);
  raw.read_reply();
  server.reset();
  EXPECT_TRUE(raw.closed());
  test_loop().restart();
  test_loop().run();  // ends: nothing is under way any more
}

}  // namespace
