#include <gtest/gtest.h>

#include "given.hpp"
#include "scenario.hpp"
#include "text.hpp"

// A stop is asked for, in every state.
namespace scenarios {
namespace {

Scenario serving(ServerPhase phase = ServerPhase::ready) {
  Scenario s{standalone()};
  s.at(0s).directory(cluster()).server_runs(Role::primary, phase);
  EXPECT_EQ(s.does(), "");
  return s;
}

TEST(Stop, BeforeAnythingRunsTheContainerEndsAsIfBySignal) {
  for (const int signal : {SIGTERM, SIGINT, SIGQUIT}) {
    for (const directory::Content& found :
         {empty(), unfinished(directory::Bootstrap::initdb), directory::Content{cluster()}}) {
      // given
      Scenario s{static_pod("pg-0")};
      // when
      s.at(0s).directory(found).signal(signal);
      // then
      EXPECT_EQ(s.reason(), Reason::stopped_before_start);
      EXPECT_EQ(s.exit().code, 128 + signal);
    }
  }
}

TEST(Stop, WhileWaitingForPeersTheContainerEndsAtOnce) {
  for (const char* pod : {"pg-0", "pg-1"}) {
    // given
    Scenario s{static_pod(pod)};
    s.at(0s).directory(empty());
    EXPECT_EQ(s.reason(), Reason::asking_peers);
    // when
    s.at(1s).signal(SIGTERM);
    // then
    EXPECT_EQ(s.exit().code, 128 + SIGTERM);
  }
}

Scenario during(LongKind kind) {
  directory::Cluster not_adopted = cluster();
  not_adopted.session_key = false;
  Scenario s{static_pod(kind == LongKind::clone ? "pg-1" : "pg-0")};
  s.at(0s);
  switch (kind) {
    case LongKind::discard: s.directory(unfinished(directory::Bootstrap::initdb)); break;
    case LongKind::adopt: s.directory(not_adopted); break;
    case LongKind::bootstrap:
      s.directory(empty());
      EXPECT_EQ(s.does(), "ask 1 2");
      s.peer(1, WithoutData{}).peer(2, WithoutData{});
      break;
    case LongKind::clone:
      s.directory(empty());
      EXPECT_EQ(s.does(), "ask 0");
      s.peer(0, serves());
      break;
    case LongKind::promote:
      s.directory(cluster_to_promote()).server_runs(Role::standby, ServerPhase::ready);
      break;
    case LongKind::start: break;
  }
  EXPECT_TRUE(s.memory().long_action);
  return s;
}

constexpr LongKind before_the_server[] = {LongKind::discard, LongKind::bootstrap, LongKind::adopt,
                                          LongKind::clone};

TEST(Stop, ALongActionIsEndedAtOnceAndTheContainerWithIt) {
  for (const LongKind kind : before_the_server) {
    // given
    Scenario s = during(kind);
    // when
    s.at(1s).signal(SIGTERM);
    // then
    EXPECT_EQ(s.reason(), Reason::stop_interrupts_long_action);
    const action::StopLongAction end{.kill = false, .deadline = instant(1500ms)};
    EXPECT_EQ(s.actions(), std::vector<core::Action>{end});
    // when
    s.at(1100ms).failed(kind);
    // then
    EXPECT_EQ(s.reason(), Reason::stopped_before_start);
    EXPECT_EQ(s.exit().code, 128 + SIGTERM);
  }
}

TEST(Stop, ALongActionThatDoesNotEndIsKilledAfterHalfASecondAndNotWaitedForLonger) {
  for (const LongKind kind : before_the_server) {
    // given
    Scenario s = during(kind);
    s.at(1s).signal(SIGTERM);
    EXPECT_EQ(s.does(), "end long action");
    // when
    s.at(1200ms);
    // then
    EXPECT_EQ(s.reason(), Reason::waiting_for_stop);
    EXPECT_EQ(s.does(), "");
    // when
    s.time_passes();
    // then
    EXPECT_EQ(s.reason(), Reason::stop_long_action_overdue);
    EXPECT_EQ(s.does(), "kill long action");
    EXPECT_EQ(s.wake(), 2500ms);
    // when
    s.at(2s);
    // then
    EXPECT_EQ(s.does(), "");
    // when
    s.at(2500ms);
    // then
    EXPECT_EQ(s.exit().code, 128 + SIGTERM);
  }
}

TEST(Stop, SigquitDoesNotGrantALongActionItsHalfSecondAndKillsOnce) {
  // given
  Scenario s = during(LongKind::bootstrap);
  s.at(1s).signal(SIGTERM);
  EXPECT_EQ(s.does(), "end long action");
  // when
  s.at(1001ms).signal(SIGQUIT);
  // then
  EXPECT_EQ(s.does(), "kill long action");
  // when
  s.at(1002ms);
  // then
  EXPECT_EQ(s.reason(), Reason::waiting_for_stop);
  EXPECT_EQ(s.does(), "");
}

TEST(Stop, ALongActionThatEndedWellJustBeforeTheStopStartsNoServer) {
  for (const LongKind kind : before_the_server) {
    // given
    Scenario s = during(kind);
    // when
    s.at(1s).signal(SIGTERM).directory(cluster()).done(kind);
    // then
    EXPECT_EQ(s.reason(), Reason::stopped_before_start);
    EXPECT_EQ(s.exit().code, 128 + SIGTERM);
  }
}

TEST(Stop, DuringAPromotionTheServerIsStoppedLikeAnyOther) {
  // given
  Scenario s = during(LongKind::promote);
  // when
  s.at(1s).signal(SIGTERM);
  // then
  EXPECT_EQ(s.reason(), Reason::stop_asked);
  EXPECT_EQ(s.does(), "stop fast");
  // when
  s.at(2s).failed(LongKind::promote);
  EXPECT_EQ(s.does(), "");
  s.at(3s).server_ended(exit_code(0), directory::State::shut_down_in_recovery);
  // then
  EXPECT_EQ(s.exit().code, 0);
}

TEST(Stop, APromotionThatOutlivesItsStoppedServerIsKilledNotWaitedFor) {
  // given
  Scenario s = during(LongKind::promote);
  s.at(1s).signal(SIGTERM);
  EXPECT_EQ(s.does(), "stop fast");
  // when
  s.at(3s).server_ended(exit_code(0), directory::State::shut_down_in_recovery);
  // then
  EXPECT_EQ(s.does(), "kill long action");
  // when
  s.at(3100ms).failed(LongKind::promote);
  // then
  EXPECT_EQ(s.reason(), Reason::server_stopped);
  EXPECT_EQ(s.exit().code, 0);
}

TEST(Stop, SigtermAndSigintMeanAFastShutdownInEveryPhase) {
  for (const int signal : {SIGTERM, SIGINT}) {
    for (const ServerPhase phase :
         {ServerPhase::starting, ServerPhase::ready, ServerPhase::standby, ServerPhase::stopping}) {
      // given
      Scenario s = serving(phase);
      // when
      s.at(1s).signal(signal);
      // then
      EXPECT_EQ(s.reason(), Reason::stop_asked);
      const action::StopServer fast{.how = Shutdown::fast, .deadline = instant(21s)};
      EXPECT_EQ(s.actions(), std::vector<core::Action>{fast});
    }
  }
}

TEST(Stop, SigquitMeansAnImmediateShutdown) {
  // given
  Scenario s = serving();
  // when
  s.at(1s).signal(SIGQUIT);
  // then
  EXPECT_EQ(s.reason(), Reason::stop_immediate_asked);
  const action::StopServer immediate{.how = Shutdown::immediate, .deadline = instant(6s)};
  EXPECT_EQ(s.actions(), std::vector<core::Action>{immediate});
}

TEST(S10, FastThenImmediateThenKillEachAfterTheBudgetOfTheOneBefore) {
  // given
  core::Settings settings = standalone();
  settings.stop = {.fast = 7s, .immediate = 3s};
  Scenario s{settings};
  s.at(0s).directory(cluster()).server_runs(Role::primary, ServerPhase::ready).signal(SIGTERM);
  EXPECT_EQ(s.does(), "stop fast");
  // when, then
  s.at(6999ms);
  EXPECT_EQ(s.does(), "");
  EXPECT_EQ(s.wake(), 7s);
  s.time_passes();
  EXPECT_EQ(s.reason(), Reason::fast_stop_overdue);
  EXPECT_EQ(s.does(), "stop immediate");
  s.at(9999ms);
  EXPECT_EQ(s.does(), "");
  EXPECT_EQ(s.wake(), 10s);
  s.time_passes();
  EXPECT_EQ(s.reason(), Reason::immediate_stop_overdue);
  EXPECT_EQ(s.does(), "stop kill");
}

TEST(S10, KillingIsRepeatedEverySecondUntilTheServerIsReaped) {
  // given
  Scenario s = serving();
  s.signal(SIGQUIT);
  EXPECT_EQ(s.does(), "stop immediate");
  s.at(5s);
  EXPECT_EQ(s.does(), "stop kill");
  for (int second = 6; second < 60; ++second) {
    // when
    s.at(std::chrono::seconds(second) - 1ms);
    EXPECT_EQ(s.does(), "");
    s.at(std::chrono::seconds(second));
    // then
    EXPECT_EQ(s.does(), "stop kill");
  }
  // when
  s.at(60s).server_ended(killed_by(SIGKILL), directory::State::in_production);
  // then
  EXPECT_EQ(s.exit().code, 137);
}

TEST(S10, SigquitAfterSigtermDoesNotWaitForTheFastBudget) {
  // given
  Scenario s = serving();
  s.at(1s).signal(SIGTERM);
  EXPECT_EQ(s.does(), "stop fast");
  // when
  s.at(2s).signal(SIGQUIT);
  // then
  EXPECT_EQ(s.reason(), Reason::stop_immediate_asked);
  EXPECT_EQ(s.does(), "stop immediate");
  EXPECT_EQ(s.wake(), 7s);
}

TEST(S10, AStopNeverGetsMilderAndASecondSignalDoesNotRestartItsBudget) {
  // given
  Scenario s = serving();
  s.at(1s).signal(SIGTERM);
  EXPECT_EQ(s.does(), "stop fast");
  // when
  s.at(10s).signal(SIGINT);
  // then
  EXPECT_EQ(s.does(), "");
  EXPECT_EQ(s.wake(), 21s);
  // when
  s.at(11s).signal(SIGQUIT);
  EXPECT_EQ(s.does(), "stop immediate");
  s.at(12s).signal(SIGTERM);
  // then
  EXPECT_EQ(s.reason(), Reason::waiting_for_stop);
  EXPECT_EQ(s.wake(), 16s);
}

TEST(Stop, APhaseThatChangesDuringTheStopChangesNothing) {
  // given
  Scenario s = serving();
  s.at(1s).signal(SIGTERM);
  EXPECT_EQ(s.does(), "stop fast");
  // when
  s.at(2s).server_runs(Role::primary, ServerPhase::stopping);
  // then
  EXPECT_EQ(s.reason(), Reason::waiting_for_stop);
  EXPECT_EQ(s.does(), "");
  EXPECT_EQ(s.wake(), 21s);
}

}  // namespace
}  // namespace scenarios
