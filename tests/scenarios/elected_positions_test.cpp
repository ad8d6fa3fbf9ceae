#include <gtest/gtest.h>

#include "elected_standby.hpp"

// Elected mode, a decision at a time: whom a candidate asks where they stand, and whom it waits
// for.
namespace core::elected::scenarios {
namespace {

const Member other{.pod = {"pg-2"}, .data = {12}};

/// At 10 s: the record, which lists `other` as well, has run out, and it is asked where it stands.
Standby asking() {
  Record record = held();
  record.candidates = {other, own};
  Standby pod;
  pod.at(0s).sees(record).decides();
  EXPECT_EQ(pod.at(10s).decides(), Reason::waits_for_positions);
  return pod;
}

/// Of one that holds more than this pod.
answer::Here better() {
  Position more = own_position;
  more.flushed = {9000};
  return {.position = more, .able = true, .replayed = true};
}

TEST(R18, GoesAfterAskingWhenNobodyBetterAnswers) {
  // given
  Standby pod;
  pod.at(0s).sees(released(6000)).decides();
  pod.at(3s).decides();
  const auto* ask = pod.deed<action::Ask>();
  ASSERT_NE(ask, nullptr);
  EXPECT_EQ(ask->whom, std::vector<Member>{holder_member});
  // when
  Position behind = own_position;
  behind.flushed = {4000};
  pod.facts().answers.push_back(
      {.from = holder_member,
       .round = ask->round,
       .answer =
           answer::Here{
               .position = behind, .able = true, .replayed = true, .holds = false, .history = {}},
       .at = {}});
  // then
  EXPECT_EQ(pod.at(3100ms).decides(), Reason::takes_over);
}

TEST(R18, WaitsForABetterOneABoundedTime) {
  // given
  Standby pod;
  pod.at(0s).sees(released(6000)).decides();
  pod.at(3s).decides();
  Position ahead = own_position;
  ahead.flushed = {6000};
  pod.facts().answers.push_back(
      {.from = holder_member,
       .round = pod.deed<action::Ask>()->round,
       .answer =
           answer::Here{
               .position = ahead, .able = true, .replayed = true, .holds = false, .history = {}},
       .at = {}});
  // when, then
  EXPECT_EQ(pod.at(3100ms).decides(), Reason::better_candidate_known);
  EXPECT_EQ(pod.at(6100ms).decides(), Reason::takes_over);
}

TEST(R18, OfTwoCopiesOfOnePodTheOneThatAnswersCounts) {
  // given: pg-2 was cloned anew, and the taker before kept both on the list
  Record record = held();
  const Member before{.pod = {"pg-2"}, .data = {12}};
  const Member after{.pod = {"pg-2"}, .data = {13}};
  record.candidates = {before, after, own};
  Standby pod;
  pod.at(0s).sees(record).decides();
  EXPECT_EQ(pod.at(10s).decides(), Reason::waits_for_positions);
  // when
  pod.answers("pg-2", better(), after.data);
  // then
  EXPECT_EQ(pod.at(10100ms).decides(), Reason::better_candidate_known);
}

TEST(R18, WaitsForOneThatStillReplaysABoundedTime) {
  // given: after a power cut, pg-2 says less than it holds
  Standby pod = asking();
  Position less = own_position;
  less.flushed = {100};
  const answer::Here replays{.position = less, .able = true, .replayed = false};
  // when, then
  EXPECT_EQ(pod.at(10100ms).answers("pg-2", replays, other.data).decides(),
            Reason::candidate_replays);
  pod.at(10250ms).decides();
  ASSERT_NE(pod.deed<action::Ask>(), nullptr) << "soon again";
  pod.answers("pg-2", replays, other.data);
  EXPECT_EQ(pod.at(40s).decides(), Reason::candidate_replays);
  pod.at(40050ms).decides();
  pod.answers("pg-2", replays, other.data);
  EXPECT_EQ(pod.at(40100ms).decides(), Reason::takes_over);
}

TEST(R18, OnceItHasReplayedItsPositionCounts) {
  // given
  Standby pod = asking();
  pod.answers("pg-2", answer::Here{.position = own_position, .able = true}, other.data);
  EXPECT_EQ(pod.at(10100ms).decides(), Reason::candidate_replays);
  // when: it took long
  pod.at(35s).decides();
  pod.answers("pg-2", better(), other.data);
  // then: it still has its time to go first
  EXPECT_EQ(pod.at(35100ms).decides(), Reason::better_candidate_known);
  EXPECT_EQ(pod.at(38100ms).decides(), Reason::takes_over);
}

TEST(R18, AfterATakeOverThatWasNotAppliedAllAreAskedAnew) {
  // given: nobody answered in time, and then the API refused the write
  Standby pod = asking();
  EXPECT_EQ(pod.at(11s).decides(), Reason::takes_over);
  EXPECT_EQ(pod.at(11100ms).answers("pg-2", better(), other.data).decides(),
            Reason::waits_for_outcome);
  // when
  EXPECT_EQ(pod.at(12200ms).ends(1, Outcome::refused).decides(), Reason::waits_for_positions);
  // then
  EXPECT_NE(pod.deed<action::Ask>(), nullptr);
  EXPECT_EQ(pod.at(12300ms).answers("pg-2", better(), other.data).decides(),
            Reason::better_candidate_known);
}

TEST(R18, AfterAPromiseAllAreAskedAnew) {
  // given: what is answered while a promise runs is not heard
  Standby pod = asking();
  EXPECT_EQ(pod.at(10100ms).asked(a_promise).decides(), Reason::promise_runs);
  EXPECT_EQ(pod.at(10200ms).answers("pg-2", better(), other.data).decides(), Reason::promise_runs);
  // when
  EXPECT_EQ(pod.at(20200ms).decides(), Reason::waits_for_positions);
  // then
  EXPECT_NE(pod.deed<action::Ask>(), nullptr);
  EXPECT_EQ(pod.at(20300ms).answers("pg-2", better(), other.data).decides(),
            Reason::better_candidate_known);
}

TEST(R18, WhatIsAnsweredWhileNothingIsWeighedIsAskedAnew) {
  // given: its own server crashed after it had asked
  Standby pod = asking();
  pod.facts().volume.replayed = false;
  EXPECT_EQ(pod.at(10100ms).answers("pg-2", better(), other.data).decides(),
            Reason::own_wal_not_replayed);
  // when
  pod.facts().volume.replayed = true;
  EXPECT_EQ(pod.at(10200ms).decides(), Reason::waits_for_positions);
  // then
  EXPECT_NE(pod.deed<action::Ask>(), nullptr);
  EXPECT_EQ(pod.at(10300ms).answers("pg-2", better(), other.data).decides(),
            Reason::better_candidate_known);
}

TEST(R18, WhoStillReplaysDoesNotTakeOverAndSaysSo) {
  // given
  Standby pod;
  pod.facts().volume.replayed = false;
  pod.at(0s).sees(held()).decides();
  // when, then
  EXPECT_EQ(pod.at(10s).decides(), Reason::own_wal_not_replayed);
  pod.asked(question::Where{}).decides();
  const auto* answer = pod.deed<action::Answer>();
  ASSERT_NE(answer, nullptr);
  EXPECT_FALSE(std::get<answer::Here>(answer->answer).replayed);
  // when
  pod.facts().volume.replayed = true;
  // then
  EXPECT_EQ(pod.at(11s).decides(), Reason::takes_over);
}

}  // namespace
}  // namespace core::elected::scenarios
