#include <gtest/gtest.h>

#include "http/peer_message.hpp"

namespace {

using namespace std::chrono_literals;
using namespace core::elected;
using http::parse_request;
using http::parse_response;

constexpr std::uint64_t big =
    0xfedcba9876543210;  // above what a signed or a JavaScript number holds

http::Request with(decltype(http::Request::what) what) {
  return {
      .from = {"pg-0"}, .to_pod = {"pg-1"}, .to = {big}, .round = big - 1, .what = std::move(what)};
}
http::Response with(decltype(http::Response::what) what) {
  return {.from = {.pod = {"pg-1"}, .data = {big}}, .round = 3, .what = std::move(what)};
}

TEST(HttpMessage, EveryRequestComesBackAsItWas) {
  const HolderId holder{.pod_uid = "0af2-\"\\\n", .nonce = big};
  for (const auto& what : std::vector<decltype(http::Request::what)>{
           question::Where{},
           question::Promise{.holder = holder, .transitions = 4294967295, .duration = 9s + 1ns},
           question::Withdraw{.holder = holder, .transitions = 4, .number = big}, http::Identify{},
           http::Show{}, http::Relay{SwitchoverRequest{}},
           http::Relay{SwitchoverRequest{.to = {{"pg-2"}}}}, http::Relay{LoseData{}},
           http::Relay{core::elected::Pause{.on = true}},
           http::Relay{core::elected::Pause{.on = false}}, http::Relay{core::Order::reinit},
           http::Relay{core::Order::restart}}) {
    const std::string text = to_text(with(what));
    const auto parsed = parse_request(text);
    ASSERT_TRUE(parsed) << text << ": " << parsed.error();
    EXPECT_EQ(*parsed, with(what)) << text;
  }
}

TEST(HttpMessage, EveryResponseComesBackAsItWas) {
  const Position position{.system_id = {big}, .timeline = {7}, .flushed = {0x16B374D848}};
  for (const auto& what : std::vector<decltype(http::Response::what)>{
           answer::Here{}, answer::Here{.position = position, .able = true},
           answer::Here{.position = position,
                        .holds = true,
                        .history = {{.timeline = {1}, .at = {1}}, {.timeline = {2}, .at = {big}}}},
           answer::Yes{}, answer::No{}, http::Identity{},
           http::Identity{.streams = true, .follows = {{"pg-0"}}},
           http::Identity{.streams = true, .follows = {{"pg-0"}}, .flushed = {{big}}},
           http::Said{.accepted = true, .text = "hands over to pg-2"}, http::Shown{.text = "{}"}}) {
    const std::string text = to_text(with(what));
    const auto parsed = parse_response(text);
    ASSERT_TRUE(parsed) << text << ": " << parsed.error();
    EXPECT_EQ(*parsed, with(what)) << text;
  }
}

TEST(HttpMessage, UnknownMembersAreIgnored) {
  const auto parsed = parse_request(
      R"({"from":"pg-0","to":"pg-1","data":0,"round":1,"ask":"where","later":{"a":[1]}})");
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(parsed->what, (decltype(parsed->what){question::Where{}}));
}

std::string promise(const std::string& duration) {
  return R"({"from":"pg-0","to":"pg-1","data":0,"round":1,"ask":"promise","holder":{"pod_uid":"u",)"
         R"("nonce":1},"transitions":1,"duration_ns":)" +
         duration + "}";
}

TEST(HttpMessage, WhatIsWrongWithARequestIsSaidInOneLine) {
  ASSERT_TRUE(parse_request(promise("1")));
  for (const auto& [text, part] : std::vector<std::pair<std::string, std::string>>{
           {"", "no JSON"},
           {"[]", "no JSON object"},
           {"{}", "\"from\" is missing"},
           {"{\"from\":1}", "\"from\" is no text"},
           {R"({"from":"pg 0"})", "\"from\" is no pod's name"},
           {R"({"from":")" + std::string(254, 'p') + "\"}", "\"from\" is no text of at most 253"},
           {R"({"from":"pg-0","to":"pg-1","data":-1})", "\"data\" is no whole number"},
           {R"({"from":"pg-0","to":"pg-1","data":1.5})", "\"data\" is no whole number"},
           {R"({"from":"pg-0","to":"pg-1","data":0,"round":1,"ask":"dance"})", "\"ask\""},
           {R"({"from":"pg-0","to":"pg-1","data":0,"round":1,"ask":"promise"})",
            "\"holder\" is missing"},
           {R"({"from":"pg-0","to":"pg-1","data":0,"round":1,"ask":"promise","holder":[]})",
            "\"holder\" is no object"},
           {promise("0"), "\"duration_ns\" is 0"},
           {promise("-5"), "\"duration_ns\" is no whole number"},
           {promise("9223372036854775807"), "\"duration_ns\" is no whole number"},
           {std::string(100, '['), "no JSON"}}) {
    const auto parsed = parse_request(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_NE(parsed.error().find(part), std::string::npos) << text << ": " << parsed.error();
    EXPECT_EQ(parsed.error().find('\n'), std::string::npos);
  }
}

TEST(HttpMessage, WhatIsWrongWithAResponseIsSaidInOneLine) {
  const std::string start = R"({"from":"pg-1","data":1,"round":1,"answer":)";
  for (const auto& [text, part] : std::vector<std::pair<std::string, std::string>>{
           {start + R"("maybe"})", "\"answer\""},
           {start + R"("here","able":1,"holds":false,"history":[]})", "\"able\" is neither"},
           {start + R"("here","able":true,"holds":false,"history":[1]})", "\"history\" is no list"},
           {start + R"("here","able":true,"holds":false,"history":[{"timeline":4294967296}]})",
            "\"timeline\" is no whole number"},
           {start + R"("here","position":{"system_id":1,"timeline":1,"flushed":"1"}})",
            "\"flushed\" is no LSN"},
           {start + R"("identity","streams":true,"follows":""})", "\"follows\" is no pod's name"},
           {start + R"("said","accepted":true})", "\"text\" is missing"}}) {
    const auto parsed = parse_response(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_NE(parsed.error().find(part), std::string::npos) << text << ": " << parsed.error();
  }
}

}  // namespace
