#include <gtest/gtest.h>

#include "elected_standby.hpp"

// Elected mode, a decision at a time: what a holder does once its server is open.
namespace core::elected::scenarios {
namespace {

const Member before{.pod = {"pg-2"}, .data = {12}};
const Member after{.pod = {"pg-2"}, .data = {13}};

TEST(R29, AfterAPromotionACheckpointPutsTheNewTimelineIntoPgControl) {
  // given
  Standby pod = opened({});
  EXPECT_EQ(pod.deed<action::Checkpoint>(), nullptr);
  // when, then
  pod.at(11300ms).decides();
  EXPECT_NE(pod.deed<action::Checkpoint>(), nullptr);
  // when: it fails
  pod.at(11400ms).finishes(Work::checkpoint, false).decides();
  EXPECT_EQ(pod.deed<action::Checkpoint>(), nullptr);
  pod.at(12200ms).decides();
  pod.at(12300ms).ends(3, Outcome::done).decides();
  pod.at(16400ms).decides();
  EXPECT_NE(pod.deed<action::Checkpoint>(), nullptr);
  // when: it ends well
  pod.at(16500ms).finishes(Work::checkpoint, true).decides();
  pod.at(18s).decides();
  // then
  EXPECT_EQ(pod.deed<action::Checkpoint>(), nullptr);
}

TEST(R11, ACheckpointThatRunsDoesNotHoldUpARenewal) {
  // given
  Standby pod = opened({});
  pod.at(11300ms).decides();
  ASSERT_NE(pod.deed<action::Checkpoint>(), nullptr);
  // when
  EXPECT_EQ(pod.at(12200ms).decides(), Reason::serving);
  // then
  EXPECT_NE(pod.deed<action::WriteLease>(), nullptr);
}

TEST(R27, ACheckpointThatRunsIsTheOneThatASwitchoverBeginsWith) {
  // given
  Standby pod = opened({before});
  pod.at(10700ms).decides();
  pod.at(10800ms).ends(3, Outcome::done).decides();
  pod.at(11300ms).decides();
  ASSERT_NE(pod.deed<action::Checkpoint>(), nullptr);
  // when
  pod.facts().command = SwitchoverRequest{};
  EXPECT_EQ(pod.at(11400ms).decides(), Reason::handover_checkpoint);
  pod.facts().command.reset();
  // then
  EXPECT_EQ(pod.deed<action::RefuseCommand>(), nullptr);
  EXPECT_EQ(pod.deed<action::Checkpoint>(), nullptr);
  // when
  pod.at(11500ms).finishes(Work::checkpoint, true).decides();
  EXPECT_EQ(pod.at(11500ms).decides(), Reason::handover_stop);
  // then
  EXPECT_NE(pod.deed<action::StopServer>(), nullptr);
}

TEST(R24, WhatAnotherCopyOfAPodSaysInItsPlaceEndsNoRound) {
  // given: one copy of pg-2 is listed, and a write without an answer lists the next one
  Standby pod = opened({before});
  pod.at(10700ms).decides();
  pod.at(10800ms).ends(3, Outcome::done).decides();
  pod.facts().standbys = {{.member = after, .position = on_timeline_4()}};
  pod.at(11300ms).decides();
  ASSERT_NE(pod.deed<action::WriteLease>(), nullptr);
  pod.at(11800ms).decides();
  const auto* ask = pod.deed<action::Ask>();
  ASSERT_NE(ask, nullptr);
  const std::uint64_t round = ask->round;
  // when: the copy that is there answers the question to the one that is not
  pod.facts().answers.push_back(
      {.from = after, .to = before.data, .round = round, .answer = answer::No{}, .at = {}});
  pod.at(11900ms).decides();
  // then: the round goes on, and no other one begins in its time
  pod.at(13200ms).decides();
  EXPECT_EQ(pod.deed<action::Ask>(), nullptr);
  // when: the copy that was asked refuses
  pod.facts().answers.push_back(
      {.from = after, .to = after.data, .round = round, .answer = answer::No{}, .at = {}});
  pod.at(13250ms).decides();
  // then
  EXPECT_NE(pod.deed<action::Ask>(), nullptr);
}

}  // namespace
}  // namespace core::elected::scenarios
