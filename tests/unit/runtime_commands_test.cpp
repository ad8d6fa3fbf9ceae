#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/chronicle.hpp"
#include "runtime/command_table.hpp"
#include "runtime/completion.hpp"
#include "runtime/history_command.hpp"

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(Commands, EachIsFoundByItsNameAndIsComplete) {
  for (const runtime::OwnCommand* each : runtime::own_commands()) {
    EXPECT_EQ(runtime::own_command(each->name), each);
    EXPECT_FALSE(each->summary.empty()) << each->name;
    ASSERT_NE(each->run, nullptr) << each->name;
    ASSERT_NE(each->words, nullptr) << each->name;
  }
  EXPECT_EQ(runtime::own_command("psql"), nullptr);
}

TEST(Commands, TheCompletionNamesEachCommandAndWhatCli11Knows) {
  const std::string script = runtime::bash_completion();
  for (const runtime::OwnCommand* each : runtime::own_commands())
    EXPECT_THAT(script, HasSubstr("    " + std::string(each->name) + ") words='"));
  EXPECT_THAT(script, HasSubstr("restart) words='--help --if-pending'"));
  EXPECT_THAT(script, HasSubstr("status) words='--help --json --watch'"));
  EXPECT_THAT(script, HasSubstr("completion) words='--help bash'"));
  EXPECT_EQ(runtime::completion_command.run({"fish"}, {}), 2);
  EXPECT_EQ(runtime::completion_command.run({}, {}), 2);
}

core::server::State server(core::Role role, core::ServerPhase phase) {
  return core::server::Running{.role = role, .phase = phase, .since = {}};
}

TEST(History, AChangeOfTheRoleIsKeptWithTheDeedThatLedToIt) {
  using core::Role;
  using core::ServerPhase;
  runtime::Chronicle chronicle;
  const core::Instant at{1000s};
  chronicle.decided(true, "cluster_found", "starting", core::server::Absent{}, at);
  chronicle.decided(false, "server_starting", "", server(Role::standby, ServerPhase::starting), at);
  chronicle.decided(false, "serving", "", server(Role::standby, ServerPhase::ready), at + 1s);
  chronicle.decided(false, "serving", "", server(Role::standby, ServerPhase::ready), at + 2s);
  chronicle.decided(true, "restart_ordered", "why", server(Role::standby, ServerPhase::ready),
                    at + 2s);
  chronicle.decided(true, "cluster_found", "starting", core::server::Ended{}, at + 3s);
  const auto history = chronicle.history("pg-0", at + 4s);
  ASSERT_EQ(history.events.size(), 2U);
  EXPECT_EQ(history.events[0].role, "standby");
  EXPECT_EQ(history.events[0].reason, "cluster_found");
  EXPECT_EQ(history.events[1].role, "down");
  EXPECT_EQ(history.events[1].reason, "restart_ordered");
  EXPECT_EQ(history.events[1].text, "why");
  EXPECT_LT(history.events[0].at, history.events[1].at);
  const auto again = http::parse_history(http::to_text(history));
  ASSERT_TRUE(again) << again.error();
  EXPECT_EQ(*again, history);
}

TEST(History, OnlyTheLastHundredAreKeptAndThatIsSaid) {
  runtime::Chronicle chronicle;
  const core::Instant at{1000s};
  for (int i = 0; i < 101; ++i) {
    const auto state = i % 2 == 0 ? server(core::Role::primary, core::ServerPhase::ready)
                                  : core::server::State{core::server::Ended{}};
    chronicle.decided(true, "r", "", state, at + i * 1s);
  }
  const auto history = chronicle.history("pg-0", at + 200s);
  EXPECT_EQ(history.events.size(), 100U);
  EXPECT_TRUE(history.cut);
  EXPECT_THAT(runtime::history_table(history), HasSubstr("the log has all"));
}

TEST(History, TheTableSaysWhatTheLastTakeOverCost) {
  const http::History history{
      .pod = "pg-1",
      .events = {{.at = "2026-11-28T14:05:01Z", .role = "primary", .reason = "promotes"}},
      .last_outage = 1200ms};
  EXPECT_EQ(runtime::history_table(history),
            "pg-1, since its PID 1 was started:\n"
            "2026-11-28T14:05:01Z  primary  promotes\n"
            "its last take-over: nobody could be written to for 1200 ms\n");
}

}  // namespace
