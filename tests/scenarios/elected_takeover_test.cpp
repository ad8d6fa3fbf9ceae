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
