#include <random>
#include <set>

#include <gtest/gtest.h>

#include "http/control.hpp"
#include "http_fixture.hpp"

/// Valid texts with random damage, the same damage in every run. What must hold for each is little:
/// no crash (these run under the sanitizers), one line of complaint, and nobody believed.
namespace {

using namespace http_test;
using namespace core::elected;

class Damage {
 public:
  std::string operator()(std::string text) {
    for (unsigned count = 1 + below(4); count > 0 && !text.empty(); --count)
      once(text);
    return text;
  }
  unsigned below(std::size_t end) {
    return std::uniform_int_distribution<unsigned>(0, static_cast<unsigned>(end) - 1)(chance_);
  }

 private:
  void once(std::string& text) {
    static const std::vector<std::string> pieces = {"\"",
                                                    "\\",
                                                    "{",
                                                    "}",
                                                    "[",
                                                    "]",
                                                    ",",
                                                    ":",
                                                    "null",
                                                    "true",
                                                    "-1",
                                                    "1e999",
                                                    "\r\n",
                                                    "\n",
                                                    "\x01",
                                                    ":",
                                                    " ",
                                                    "\t",
                                                    "0x",
                                                    "\\ud800",
                                                    "\xff",
                                                    "\xc3",
                                                    "99999999999999999999",
                                                    "18446744073709551615",
                                                    "chunked",
                                                    "Content-Length: 3\r\n",
                                                    "Transfer-Encoding: chunked\r\n"};
    const std::size_t at = below(text.size());
    const std::size_t size = 1 + below(std::min<std::size_t>(text.size() - at, 30));
    switch (below(6)) {
      case 0: text[at] = static_cast<char>(below(256)); break;
      case 1: text.erase(at, size); break;
      case 2: text.insert(at, text.substr(below(text.size()), size)); break;
      case 3: text.insert(at, pieces[below(pieces.size())]); break;
      case 4: text.replace(at, size, pieces[below(pieces.size())]); break;
      default: text.resize(at); break;
    }
  }

  std::mt19937 chance_{20261128};
};

/// What parses is written so that it parses to the same, and what does not is told in one line.
template <class Value, class Parse>
void damage_many(const std::vector<Value>& valid, Parse parse, int times) {
  Damage damage;
  std::set<std::string> complaints;
  int understood = 0;
  for (int i = 0; i < times; ++i) {
    const std::string text = damage(to_text(valid[damage.below(valid.size())]));
    const auto parsed = parse(text);
    if (parsed) {
      ++understood;
      const auto again = parse(to_text(*parsed));
      ASSERT_TRUE(again) << text;
      ASSERT_EQ(*again, *parsed) << text;
    } else {
      ASSERT_FALSE(parsed.error().empty()) << text;
      ASSERT_EQ(parsed.error().find_first_of("\r\n"), std::string::npos) << parsed.error();
      complaints.insert(parsed.error());
    }
  }
  // The damage is neither fatal each time nor harmless, or nothing was tested.
  EXPECT_GT(understood, times / 200);
  EXPECT_LT(understood, times / 2);
  EXPECT_GT(complaints.size(), 8U);
}

TEST(HttpMutation, DamagedRequestsAreRefusedInOneLine) {
  const HolderId holder{.pod_uid = "0af2-77", .nonce = 0xfedcba9876543210};
  damage_many<http::Request>(
      {request(question::Where{}),
       request(question::Promise{.holder = holder, .transitions = 3, .duration = 9s}),
       request(question::Withdraw{.holder = holder, .transitions = 4, .number = 5}),
       request(http::Identify{}), request(http::Show{}),
       request(http::Relay{SwitchoverRequest{.to = {{"pg-2"}}}}), request(http::Relay{LoseData{}})},
      http::parse_request, 20000);
}

TEST(HttpMutation, DamagedResponsesAreRefusedInOneLine) {
  const Position position{.system_id = {7}, .timeline = {7}, .flushed = {0x16B374D848}};
  std::vector<http::Response> valid;
  for (const auto& what : std::vector<decltype(http::Response::what)>{
           answer::Here{.position = position,
                        .able = true,
                        .history = {{.timeline = {1}, .at = {1}}, {.timeline = {2}, .at = {2}}}},
           answer::Yes{},
           http::Identity{.streams = true, .follows = {{"pg-0"}}, .flushed = {{0x16B374D848}}},
           http::Said{.accepted = true, .text = "hands over"}, http::Shown{.text = "{}"}})
    valid.push_back({.from = {.pod = self, .data = {5}}, .round = 3, .what = what});
  damage_many(valid, http::parse_response, 20000);
}

TEST(HttpMutation, DamagedOrdersAreRefusedInOneLine) {
  damage_many<http::Order>(
      {http::Switchover{.to = {{"pg-2"}}, .dry_run = true}, http::Failover{.pod = {"pg-1"}}},
      http::parse_order, 20000);
}

class HttpMutationAtThePort : public testing::Test, public Fixture {};

TEST_F(HttpMutationAtThePort, DamagedRequestsAreAnsweredOrClosedAndNeverBelieved) {
  Damage damage;
  std::set<std::string> statuses;
  const std::vector<std::string> valid = {
      "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n", post(to_text(request())),
      "POST /peer HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"};
  for (int i = 0; i < 1500; ++i) {
    Raw raw(server->port());
    const bool with_proof = i % 3 == 0;
    const std::string whole = with_proof ? proven(challenge_of(raw), to_text(request()))
                                         : valid[damage.below(valid.size())];
    const std::string bytes = damage(whole);
    raw.send(bytes);
    raw.end();
    const std::string reply = raw.read_until("(the end)");
    ASSERT_TRUE(raw.closed()) << bytes;
    ASSERT_EQ(reply.find("nothing more came"), std::string::npos) << bytes;
    ASSERT_TRUE(reply.empty() || reply.starts_with("HTTP/1.1 ")) << reply;
    statuses.insert(reply.substr(0, 12));
    // Damage to what no proof covers, the Host for example, changes nothing.
    for (const http::Request& one : asked)
      ASSERT_EQ(one, request()) << bytes;
    ASSERT_LE(asked.size(), static_cast<std::size_t>(i) / 3 + 1);
  }
  for (const char* status : {"", "HTTP/1.1 200", "HTTP/1.1 400", "HTTP/1.1 401", "HTTP/1.1 404"})
    EXPECT_TRUE(statuses.contains(status)) << status;
  EXPECT_LT(asked.size(), 250U);
  EXPECT_TRUE(eventually([&] { return server->connections() == 0; }));
  EXPECT_TRUE(ask(request()));
}

}  // namespace
