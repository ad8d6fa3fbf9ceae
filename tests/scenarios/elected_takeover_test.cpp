#include <gtest/gtest.h>

#include "elected_standby.hpp"

// Elected mode, a decision at a time: who takes over, when, and how it opens. What becomes of whole
// clusters is tests/sim.
namespace core::elected::scenarios {
namespace {

TEST(R9, TakesOverOnlyWhatItSawUnchangedForAFullDuration) {
  // given
  Standby pod;
  pod.at(0s).sees(held()).decides();
  // when, then
  EXPECT_EQ(pod.at(9999ms).decides(), Reason::following);
  EXPECT_EQ(pod.at(10s).decides(), Reason::takes_over);
}

TEST(R9, AChangeBeginsTheWaitAnew) {
  // given
  Standby pod;
  pod.at(0s).sees(held()).decides();
  Record renewed = held();
  renewed.write.number = 10;
  pod.at(8s).sees(renewed, "v2").decides();
  // when, then
  EXPECT_EQ(pod.at(17s).decides(), Reason::following);
  EXPECT_EQ(pod.at(18s).decides(), Reason::takes_over);
}

TEST(R9, WaitsForTheLongerOfTheTwoDurations) {
  // given
  Record slow = held();
  slow.duration = 30s;
  Standby pod;
  pod.at(0s).sees(slow).decides();
  // when, then
  EXPECT_EQ(pod.at(29s).decides(), Reason::following);
  EXPECT_EQ(pod.at(30s).decides(), Reason::takes_over);
}

TEST(R1, ComparesWithTheRecordThatItJudged) {
  // given
  Standby pod;
  pod.at(0s).sees(held(), "judged").decides();
  // when
  pod.at(10s).decides();
  // then
  const auto* write = pod.deed<action::WriteLease>();
  ASSERT_NE(write, nullptr);
  EXPECT_EQ(write->base, (Base{.version = {"judged"}, .uid = {"u"}}));
}

TEST(R28, TheTakerLeavesTheListAndThePreviousHolderJoinsIt) {
  // given
  Standby pod;
  pod.at(0s).sees(held()).decides();
  // when
  pod.at(10s).decides();
  // then
  const auto* write = pod.deed<action::WriteLease>();
  ASSERT_NE(write, nullptr);
  EXPECT_EQ(write->record.candidates, std::vector<Member>{holder_member});
  EXPECT_EQ(write->record.transitions, 6U);
  EXPECT_EQ(write->record.timeline, Timeline{3});
}

TEST(R16, WhoIsNotListedNeverTakesOver) {
  // given
  Record record = held();
  record.candidates = {{.pod = {"pg-2"}, .data = {12}}};
  Standby pod;
  pod.at(0s).sees(record).decides();
  // when, then
  EXPECT_EQ(pod.at(600s).decides(), Reason::not_listed);
  EXPECT_EQ(pod.deed<action::WriteLease>(), nullptr);
}

TEST(R27, TheNamedSuccessorThatHoldsAllGoesAtOnce) {
  Standby pod;
  EXPECT_EQ(pod.at(0s).sees(released(5000)).decides(), Reason::takes_over);
}

TEST(R27, ASuccessorThatLacksWalWaitsForOneThatDoesNot) {
  // given
  Standby pod;
  // when, then
  EXPECT_EQ(pod.at(0s).sees(released(6000)).decides(), Reason::released_waiting_for_successor);
  EXPECT_EQ(pod.at(2999ms).decides(), Reason::released_waiting_for_successor);
  EXPECT_EQ(pod.at(3s).decides(), Reason::waits_for_positions);
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

TEST(R29, ClaimsANumberAboveAllAndPromotesOnlyOnceThatIsWritten) {
  // given
  Standby pod;
  pod.facts().volume.claimed = {6};
  pod.at(0s).sees(held()).decides();
  pod.at(10s).decides();
  // when
  EXPECT_EQ(pod.at(10100ms).ends(1, Outcome::done).decides(), Reason::claims_timeline);
  // then
  const auto* claim = pod.deed<action::WriteLease>();
  ASSERT_NE(claim, nullptr);
  EXPECT_EQ(claim->record.timeline, Timeline{7});
  EXPECT_TRUE(claim->record.candidates.empty());
  EXPECT_EQ(pod.deed<action::Promote>(), nullptr);
  // when
  EXPECT_EQ(pod.at(10200ms).ends(2, Outcome::done).decides(), Reason::promotes);
  // then
  const auto* promote = pod.deed<action::Promote>();
  ASSERT_NE(promote, nullptr);
  EXPECT_EQ(promote->timeline, Timeline{7});
  EXPECT_EQ(promote->reserve, (std::vector<Timeline>{{4}, {5}, {6}}));
}

TEST(R12, TheFenceIsArmedBeforeThePromotionAndCountsFromTheSendTime) {
  // given
  Standby pod;
  pod.at(0s).sees(held()).decides();
  pod.at(10s).decides();
  pod.at(10100ms).ends(1, Outcome::done).decides();
  // when
  pod.at(10900ms).ends(2, Outcome::done).decides();
  // then
  const auto* fence = pod.deed<action::SetFence>();
  ASSERT_NE(fence, nullptr);
  EXPECT_EQ(fence->deadline, Instant{1000s} + 10100ms + 9s);
  EXPECT_NE(pod.deed<action::Promote>(), nullptr);
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
  Position more = own_position;
  more.flushed = {9000};
  pod.answers("pg-2", answer::Here{.position = more, .able = true, .replayed = true}, after.data);
  // then
  EXPECT_EQ(pod.at(10100ms).decides(), Reason::better_candidate_known);
}

TEST(R18, WaitsForOneThatStillReplaysABoundedTime) {
  // given: after a power cut, pg-2 says less than it holds
  Record record = held();
  const Member other{.pod = {"pg-2"}, .data = {12}};
  record.candidates = {other, own};
  Standby pod;
  pod.at(0s).sees(record).decides();
  EXPECT_EQ(pod.at(10s).decides(), Reason::waits_for_positions);
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
  Record record = held();
  const Member other{.pod = {"pg-2"}, .data = {12}};
  record.candidates = {other, own};
  Standby pod;
  pod.at(0s).sees(record).decides();
  pod.at(10s).decides();
  Position more = own_position;
  more.flushed = {9000};
  pod.answers("pg-2", answer::Here{.position = own_position, .able = true}, other.data);
  EXPECT_EQ(pod.at(10100ms).decides(), Reason::candidate_replays);
  // when: it took long
  pod.at(35s).decides();
  pod.answers("pg-2", answer::Here{.position = more, .able = true, .replayed = true}, other.data);
  // then: it still has its time to go first
  EXPECT_EQ(pod.at(35100ms).decides(), Reason::better_candidate_known);
  EXPECT_EQ(pod.at(38100ms).decides(), Reason::takes_over);
}

TEST(R18, AfterATakeOverThatWasNotAppliedAllAreAskedAnew) {
  // given: nobody answered in time, and then the API refused the write
  Record record = held();
  const Member other{.pod = {"pg-2"}, .data = {12}};
  record.candidates = {other, own};
  Standby pod;
  pod.at(0s).sees(record).decides();
  pod.at(10s).decides();
  EXPECT_EQ(pod.at(11s).decides(), Reason::takes_over);
  Position more = own_position;
  more.flushed = {9000};
  const answer::Here better{.position = more, .able = true, .replayed = true};
  EXPECT_EQ(pod.at(11100ms).answers("pg-2", better, other.data).decides(),
            Reason::waits_for_outcome);
  // when
  EXPECT_EQ(pod.at(12200ms).ends(1, Outcome::refused).decides(), Reason::waits_for_positions);
  // then
  EXPECT_NE(pod.deed<action::Ask>(), nullptr);
  EXPECT_EQ(pod.at(12300ms).answers("pg-2", better, other.data).decides(),
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

TEST(R6, ABroughtBackRecordIsHeldForTheLongestDurationThatWasSeen) {
  // given
  Standby pod;
  Record real = held();
  real.duration = 20s;
  pod.at(0s).sees(real).decides();
  Record old = held();
  old.transitions = 4;
  // when
  pod.at(1s).sees(old, "v2").decides();
  // then
  EXPECT_EQ(pod.at(12s).decides(), Reason::record_restored);
  EXPECT_EQ(pod.at(20999ms).decides(), Reason::record_restored);
  EXPECT_EQ(pod.at(21s).decides(), Reason::takes_over);
}

}  // namespace
}  // namespace core::elected::scenarios
