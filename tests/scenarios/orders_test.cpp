#include <gtest/gtest.h>

#include "given.hpp"
#include "scenario.hpp"
#include "text.hpp"

// Orders of an operator in standalone and static mode: a restart in place, a new clone.
namespace scenarios {
namespace {

namespace rejoin = core::rejoin;
using core::Order;

constexpr core::OrderGiven restart{.what = Order::restart, .copies = {}};

rejoin::Facts copies(std::uint64_t own, std::uint64_t primary) {
  return {.own = rejoin::Way{.major = {},
                             .system_id = our_cluster,
                             .timeline = {1},
                             .flushed = {own},
                             .history = {}},
          .primary = {.major = {},
                      .system_id = our_cluster,
                      .timeline = {1},
                      .flushed = {primary},
                      .history = {}},
          .wal = {},
          .recorded = {},
          .rewind_fails = false};
}

core::OrderGiven reinit(std::optional<rejoin::Facts> facts) {
  return {.what = Order::reinit, .copies = std::move(facts)};
}

Scenario standby() {
  Scenario s = running(static_pod("pg-1"), standby_cluster(), Role::standby, ServerPhase::ready);
  EXPECT_EQ(s.does(), "ensure slot on 0");
  s.at(10ms).peer(0, serves()).streams(true);
  EXPECT_EQ(s.reason(), Reason::serving_standby);
  return s;
}

TEST(Orders, ARestartStopsTheServerAndStartsItInItsRoleAndSaysWhenItIsReady) {
  struct Case {
    Scenario scenario;
    Role role;
    std::string starts;
  };
  std::vector<Case> cases{
      {running(standalone(), cluster(), Role::primary, ServerPhase::ready), Role::primary,
       "start primary"},
      {running(static_pod("pg-0"), cluster(), Role::primary, ServerPhase::ready), Role::primary,
       "start primary"},
      {standby(), Role::standby, "start standby of 0"}};
  for (auto& [s, role, starts] : cases) {
    // given
    (void)s.reason();
    // when
    s.at(1s).ordered(restart);
    // then
    EXPECT_EQ(s.reason(), Reason::restart_ordered);
    EXPECT_EQ(s.does(), "stop fast");
    // when
    s.at(2s).server_ended(exit_code(0), role == Role::primary
                                            ? directory::State::shut_down
                                            : directory::State::shut_down_in_recovery);
    // then
    EXPECT_EQ(s.does(), starts);
    // when
    s.at(3s).server_runs(role, ServerPhase::starting);
    EXPECT_EQ(s.does().find("answer"), std::string::npos) << "it is not ready yet";
    s.at(4s).server_runs(role, ServerPhase::ready);
    // then
    EXPECT_TRUE(s.does().starts_with("answer done: PostgreSQL was restarted")) << s.does();
    s.at(5s);
    EXPECT_EQ(s.does().find("answer"), std::string::npos) << "said once";
  }
}

TEST(Orders, WhatCannotBeDoneNowIsRefusedAndChangesNothing) {
  {
    Scenario s = running(standalone(), cluster(), Role::primary, ServerPhase::starting);
    s.at(1s).ordered(restart);
    EXPECT_TRUE(s.does().starts_with("answer refused: PostgreSQL is still starting")) << s.does();
  }
  {
    Scenario s{standalone()};
    s.at(0s).directory(empty());
    EXPECT_EQ(s.does(), "bootstrap");
    s.at(1s).ordered(restart);
    EXPECT_TRUE(s.does().starts_with("answer refused: a clone, an initialisation")) << s.does();
  }
  {
    Scenario s = running(standalone(), cluster(), Role::primary, ServerPhase::ready);
    s.at(1s).signal(SIGTERM);
    EXPECT_EQ(s.does(), "stop fast");
    s.at(2s).ordered(restart);
    EXPECT_EQ(s.does(), "answer refused: PostgreSQL is being stopped");
  }
  {
    Scenario s{static_pod("pg-1")};
    s.at(0s).directory(empty());
    EXPECT_EQ(s.does(), "ask 0");
    s.at(1s).ordered(restart);
    EXPECT_TRUE(s.does().starts_with("answer refused: PostgreSQL does not run")) << s.does();
  }
}

TEST(Orders, ASecondOrderWaitsForTheEndOfTheFirst) {
  Scenario s = standby();
  s.at(1s).ordered(restart);
  EXPECT_EQ(s.does(), "stop fast");
  s.at(1500ms).ordered(restart);
  EXPECT_TRUE(s.does().starts_with("answer refused: ")) << s.does();
  s.at(2s).server_ended(exit_code(0), directory::State::shut_down_in_recovery);
  EXPECT_EQ(s.does(), "start standby of 0");
}

TEST(S10, AStopDuringAnOrderedRestartEndsThePod) {
  Scenario s = standby();
  s.at(1s).ordered(restart);
  EXPECT_EQ(s.does(), "stop fast");
  s.at(1500ms).signal(SIGTERM);
  EXPECT_EQ(s.does(), "");
  s.at(2s).server_ended(exit_code(0), directory::State::shut_down_in_recovery);
  EXPECT_EQ(s.exit().code, 0);
}

TEST(S10, AServerThatDoesNotEndForARestartIsStoppedHarder) {
  Scenario s = running(standalone(), cluster(), Role::primary, ServerPhase::ready);
  s.at(1s).ordered(restart);
  EXPECT_EQ(s.does(), "stop fast");
  s.time_passes();
  EXPECT_EQ(s.does(), "stop immediate");
}

TEST(Orders, AReinitClonesThePrimaryInPlaceAndSaysWhenTheCloneServes) {
  // given
  Scenario s = standby();
  // when
  s.at(1s).ordered(reinit(copies(5000, 5000)));
  // then
  EXPECT_EQ(s.reason(), Reason::reinit_ordered);
  EXPECT_EQ(s.does(), "stop fast");
  // when
  s.at(2s).streams(false).server_ended(exit_code(0), directory::State::shut_down_in_recovery);
  // then
  EXPECT_EQ(s.does(), "clone 0 in place");
  // when
  s.at(9s).directory(standby_cluster()).done(LongKind::clone);
  EXPECT_EQ(s.does(), "start standby of 0");
  s.at(10s).server_runs(Role::standby, ServerPhase::ready);
  // then
  EXPECT_TRUE(s.does().starts_with("answer done: the primary was cloned anew")) << s.does();
}

TEST(Orders, AReinitWhoseCloneFailsServesTheOldCopyAndSaysSo) {
  Scenario s = standby();
  s.at(1s).ordered(reinit(copies(5000, 5000)));
  EXPECT_EQ(s.does(), "stop fast");
  s.at(2s).streams(false).server_ended(exit_code(0), directory::State::shut_down_in_recovery);
  EXPECT_EQ(s.does(), "clone 0 in place");
  s.at(3s).failed(LongKind::clone, "the source broke off");
  EXPECT_EQ(s.does(), "start standby of 0");
  s.at(4s).server_runs(Role::standby, ServerPhase::ready);
  EXPECT_TRUE(s.does().starts_with("answer refused: the clone failed")) << s.does();
  EXPECT_NE(s.does().find("the source broke off"), std::string::npos);
}

TEST(S5, AReinitOfWhatMayBeTheNewestCopyIsRefused) {
  Scenario s = standby();
  s.at(1s).ordered(reinit(copies(5001, 5000)));
  EXPECT_NE(s.does().find("may be the newest (ahead_of_primary)"), std::string::npos) << s.does();
  EXPECT_EQ(s.reason(), Reason::serving_standby);
}

TEST(S5, AReinitIsRefusedWhereThePrimaryDoesNotAnswer) {
  Scenario s = standby();
  s.at(1s).peer(0, Silence::refused).ordered(reinit(std::nullopt));
  EXPECT_TRUE(s.does().starts_with("answer refused: the primary pg-0 does not answer")) << s.does();
}

TEST(S5, ThePrimaryIsNeverCloned) {
  Scenario s = running(static_pod("pg-0"), cluster(), Role::primary, ServerPhase::ready);
  (void)s.reason();
  s.at(1s).ordered(reinit(copies(5000, 5000)));
  EXPECT_TRUE(s.does().starts_with("answer refused: pg-0 is the primary")) << s.does();
  Scenario alone = running(standalone(), cluster(), Role::primary, ServerPhase::ready);
  alone.at(1s).ordered(reinit(copies(5000, 5000)));
  EXPECT_NE(alone.does().find("there is no primary to clone"), std::string::npos) << alone.does();
}

}  // namespace
}  // namespace scenarios
