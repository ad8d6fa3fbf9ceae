#include <gtest/gtest.h>

#include "given.hpp"
#include "scenario.hpp"
#include "text.hpp"

// Static mode, an empty volume that is filled by a clone: whom it waits for, what it says.
namespace scenarios {
namespace {

Scenario asking_standby() {
  Scenario s{static_pod("pg-1")};
  s.at(0s).directory(empty());
  EXPECT_EQ(s.does(), "ask 0");
  return s;
}

TEST(S4, AStandbyNeverRunsInitdbWhateverThePrimarySays) {
  const peer::Answer answers[] = {Silence::unresolved, Silence::lookup_failed,
                                  Silence::refused,    Silence::unreachable,
                                  WithoutData{},       Refusal::not_accepting};
  for (const peer::Answer& answer : answers) {
    // given
    Scenario s = asking_standby();
    for (int round = 0; round < 100; ++round) {
      // when
      s.peer(0, answer);
      EXPECT_EQ(s.does(), "");
      s.time_passes();
      // then
      EXPECT_EQ(s.does(), "ask 0");
    }
  }
}

TEST(Static, AStandbyClonesThePrimaryAsSoonAsItServes) {
  // given
  Scenario s = asking_standby();
  // when
  s.at(20ms).peer(0, serves());
  // then
  EXPECT_EQ(s.reason(), Reason::volume_empty_primary_answers);
  EXPECT_EQ(s.does(), "clone 0");
  // when
  s.at(9s).directory(cluster()).done(LongKind::clone);
  // then
  EXPECT_EQ(s.does(), "start standby of 0");
}

TEST(L5, AWaitingStandbySaysWhatItWaitsForAndAsksAgain) {
  for (const auto& [answer, waiting] : does_not_serve()) {
    // given
    Scenario s = asking_standby();
    // when
    s.at(20ms).peer(0, answer);
    // then
    EXPECT_EQ(s.reason(), waiting);
    EXPECT_EQ(s.does(), "");
    EXPECT_EQ(s.wake(), 500ms);
    // when
    s.time_passes();
    // then
    EXPECT_EQ(s.reason(), waiting);
    EXPECT_EQ(s.does(), "ask 0");
    // when the answer is still on its way, the log does not flicker
    s.at(501ms);
    EXPECT_EQ(s.reason(), waiting);
    EXPECT_EQ(s.does(), "");
  }
}

TEST(L5, AQuestionWithoutAnAnswerIsAskedAgainAfterItsDeadline) {
  // given
  Scenario s = asking_standby();
  // when
  s.at(2s);
  // then
  EXPECT_EQ(s.reason(), Reason::asking_peers);
  EXPECT_EQ(s.does(), "");
  // when
  s.time_passes();
  // then
  EXPECT_EQ(s.wake(), 4500ms);
  EXPECT_EQ(s.does(), "ask 0");
}

TEST(L5, ACloneThatFailsIsTriedAgainAfterGrowingPauses) {
  // given
  Scenario s = asking_standby();
  Duration now = 20ms;
  for (const Duration pause : {1s, 2s, 4s, 8s, 16s, 30s, 30s}) {
    s.at(now).peer(0, serves());
    EXPECT_EQ(s.does(), "clone 0");
    // when
    now += 100ms;
    s.at(now).failed(LongKind::clone);
    // then
    EXPECT_EQ(s.reason(), Reason::clone_failed_retrying);
    EXPECT_EQ(s.does(), "");
    EXPECT_EQ(s.wake(), now + pause);
    // when
    now += pause;
    s.at(now);
    // then the primary is asked before the next one: it may be gone
    EXPECT_EQ(s.does(), "ask 0");
  }
}

TEST(L5, WhatAFailedCloneLeftIsDiscardedBeforeThePause) {
  // given
  Scenario s = asking_standby();
  s.at(20ms).peer(0, serves());
  EXPECT_EQ(s.does(), "clone 0");
  // when
  s.at(5s).directory(unfinished(directory::Bootstrap::clone)).failed(LongKind::clone);
  // then
  EXPECT_EQ(s.does(), "discard");
  // when
  s.at(5100ms).directory(empty()).done(LongKind::discard);
  // then
  EXPECT_EQ(s.reason(), Reason::clone_failed_retrying);
  EXPECT_EQ(s.wake(), 6s);
}

TEST(L5, AnAnswerFromBeforeAFailedCloneDoesNotStartTheNextOne) {
  // given
  Scenario s = asking_standby();
  s.at(20ms).peer(0, serves());
  EXPECT_EQ(s.does(), "clone 0");
  s.at(5s).failed(LongKind::clone);
  s.time_passes();
  EXPECT_EQ(s.does(), "ask 0");
  // when
  s.at(6001ms);
  // then
  EXPECT_EQ(s.reason(), Reason::asking_peers);
  EXPECT_EQ(s.does(), "");
  // when
  s.at(6002ms).peer(0, Silence::refused);
  // then
  EXPECT_EQ(s.reason(), Reason::waiting_for_primary_port);
}

TEST(L5, ACloneThatSucceedsForgetsEarlierFailures) {
  // given
  Scenario s = asking_standby();
  s.at(20ms).peer(0, serves());
  EXPECT_EQ(s.does(), "clone 0");
  s.at(5s).failed(LongKind::clone);
  EXPECT_EQ(s.memory().clone_failures, 1U);
  s.at(6s);
  EXPECT_EQ(s.does(), "ask 0");
  s.at(6100ms).peer(0, serves());
  EXPECT_EQ(s.does(), "clone 0");
  // when
  s.at(9s).directory(cluster()).done(LongKind::clone);
  // then
  EXPECT_EQ(s.does(), "start standby of 0");
  EXPECT_EQ(s.memory().clone_failures, 0U);
}

core::Settings with_clone_from(const std::string& peer) {
  core::Settings settings = static_pod("pg-0");
  settings.cluster.clone_from = core::PodName{peer};
  return settings;
}

TEST(S4, WithCloneFromAnEmptyPrimaryClonesTheNamedPeerAndNothingElse) {
  // given
  Scenario s{with_clone_from("pg-2")};
  s.at(0s).directory(empty());
  EXPECT_EQ(s.does(), "ask 2");
  // when
  s.at(10ms).peer(2, serves());
  // then
  EXPECT_EQ(s.reason(), Reason::volume_empty_clone_from_named_peer);
  const action::Clone clone{.source = Ordinal{2}, .then_promote = true};
  EXPECT_EQ(s.actions(), std::vector<core::Action>{clone});
}

TEST(S4, WithCloneFromThereIsNoInitdbHoweverLongThePeerIsSilent) {
  // given
  Scenario s{with_clone_from("pg-2")};
  s.at(0s).directory(empty());
  EXPECT_EQ(s.does(), "ask 2");
  for (int round = 0; round < 100; ++round) {
    // when
    s.peer(2, Silence::unresolved);
    // then
    EXPECT_EQ(s.reason(), Reason::waiting_for_primary_name);
    s.time_passes();
    EXPECT_EQ(s.does(), "ask 2");
  }
}

TEST(S5, WithCloneFromAVolumeThatHoldsAClusterIsStartedNotCloned) {
  // given
  Scenario s{with_clone_from("pg-2")};
  // when
  s.at(0s).directory(cluster());
  // then
  EXPECT_EQ(s.does(), "start primary");
}

}  // namespace
}  // namespace scenarios
