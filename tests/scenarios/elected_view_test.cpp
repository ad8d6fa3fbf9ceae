#include <gtest/gtest.h>

#include "elected_standby.hpp"

// Elected mode, a decision at a time: what counts as seen, and what is answered to other pods.
namespace core::elected::scenarios {
namespace {

TEST(R4, TheNameAloneIsNotOnTheList) {
  // given
  Record record = held();
  record.candidates = {{.pod = own.pod, .data = {999}}};
  Standby pod;
  pod.at(0s).sees(record).decides();
  // when, then
  EXPECT_EQ(pod.at(600s).decides(), Reason::not_listed);
}

TEST(R4, ACopyThatIsNotMeantDoesNotPromise) {
  // given
  Standby pod;
  pod.at(0s).sees(held()).decides();
  // when
  pod.at(1s).asked(a_promise, DataId{999}).decides();
  // then
  EXPECT_NE(pod.deed<action::Answer>(), nullptr);
  EXPECT_FALSE(pod.says_yes());
}

TEST(R25, WhileAPromiseRunsItDoesNotTakeOver) {
  // given
  Standby pod;
  pod.at(0s).sees(held()).decides();
  pod.at(8s).asked(a_promise).decides();
  EXPECT_TRUE(pod.says_yes());
  // when, then
  EXPECT_EQ(pod.at(17s).decides(), Reason::promise_runs);
  EXPECT_EQ(pod.at(18s).decides(), Reason::takes_over);
}

TEST(R25, OnlyTheReleaseByThatHolderEndsAPromise) {
  // given
  Standby pod;
  pod.at(0s).sees(held()).decides();
  pod.at(8s).asked(a_promise).decides();
  Record record = released(5000);
  record.write.number = 10;
  // when, then
  EXPECT_EQ(pod.at(9s).sees(record, "v2").decides(), Reason::takes_over);
}

TEST(R25, DoesNotPromiseAnotherHolderOrWithItsOwnTakeOverUnderWay) {
  // given
  Standby pod;
  pod.at(0s).sees(held()).decides();
  question::Promise other = a_promise;
  other.transitions = 4;
  pod.at(1s).asked(other).decides();
  EXPECT_FALSE(pod.says_yes());
  EXPECT_EQ(pod.at(10s).decides(), Reason::takes_over);
  // when
  pod.at(11s).ends(1, Outcome::unknown).asked(a_promise).decides();
  // then
  EXPECT_FALSE(pod.says_yes());
}

TEST(R26, AQuestionThatWasLateDoesNotMakeAWithdrawalOlder) {
  // given
  Standby pod;
  pod.facts().volume.withdrawn = Withdrawal{.transitions = 5, .number = 12};
  pod.at(0s).sees(held()).decides();
  // when
  pod.at(1s).asked(question::Withdraw{.holder = holder, .transitions = 5, .number = 3}).decides();
  // then
  ASSERT_NE(pod.deed<action::Withdraw>(), nullptr);
  EXPECT_EQ(pod.deed<action::Withdraw>()->withdrawal, (Withdrawal{.transitions = 5, .number = 12}));
}

TEST(R26, WithdrawsOnTheVolumeBeforeItAnswers) {
  // given
  Standby pod;
  pod.at(0s).sees(held()).decides();
  // when
  pod.at(1s).asked(question::Withdraw{.holder = holder, .transitions = 5, .number = 12}).decides();
  // then
  ASSERT_NE(pod.deed<action::Withdraw>(), nullptr);
  EXPECT_EQ(pod.deed<action::Withdraw>()->withdrawal, (Withdrawal{.transitions = 5, .number = 12}));
  EXPECT_TRUE(pod.says_yes());
  // when
  pod.facts().volume.withdrawn = Withdrawal{.transitions = 5, .number = 12};
  // then
  EXPECT_EQ(pod.at(60s).decides(), Reason::withdrawn);
}

TEST(R5, AMissingLeaseIsNotAReleasedOne) {
  // given
  Standby pod;
  pod.at(0s).sees(held()).decides();
  // when
  pod.facts().seen.push_back(
      {.source = Source::cached,
       .asked = {},
       .at = pod.facts().now,
       .sighting = {},
       .deleted = Sighting{.record = held(), .version = {"v1"}, .uid = {"u"}}});
  pod.at(1s).decides();
  // then
  EXPECT_EQ(pod.deed<action::WriteLease>(), nullptr);
  EXPECT_EQ(pod.at(9s).decides(), Reason::following);
  EXPECT_EQ(pod.at(10s).decides(), Reason::takes_over);
  EXPECT_EQ(pod.deed<action::WriteLease>()->base, std::nullopt);
}

TEST(R5, WhoDidNotSeeTheLastStateDoesNotMakeTheLeaseAnew) {
  // given
  Standby pod;
  pod.at(0s).sees(held()).decides();
  // when
  pod.facts().seen.push_back({.source = Source::quorum,
                              .asked = pod.facts().now,
                              .at = pod.facts().now,
                              .sighting = {},
                              .deleted = {}});
  pod.at(1s).decides();
  // then
  EXPECT_EQ(pod.at(600s).decides(), Reason::nobody_may_go);
}

TEST(R6, ARecordFromThePastIsHeldWhateverItSays) {
  // given
  Standby pod;
  pod.facts().volume.transitions = 8;
  // when, then
  EXPECT_EQ(pod.at(0s).sees(released(5000)).decides(), Reason::record_restored);
  EXPECT_EQ(pod.at(9s).decides(), Reason::record_restored);
}

TEST(R7, AnEmptyVolumeOfAnInitialisedClusterIsCloned) {
  // given
  Standby pod;
  pod.facts().volume = Volume{.content = directory::Empty{}, .locked = true};
  pod.facts().server = Server{};
  // when
  pod.at(0s).sees(held()).decides();
  // then
  EXPECT_EQ(pod.deed<action::Bootstrap>(), nullptr);
  EXPECT_NE(pod.deed<action::Ask>(), nullptr);
}

TEST(R3, AnAnswerWithALowerTransitionCountIsOld) {
  // given
  Standby pod;
  pod.at(0s).sees(held()).decides();
  Record old = held();
  old.transitions = 4;
  old.holder.reset();
  // when
  pod.facts().seen.push_back({.source = Source::cached,
                              .asked = {},
                              .at = pod.facts().now,
                              .sighting = Sighting{.record = old, .version = {"v0"}, .uid = {"u"}},
                              .deleted = {}});
  // then: it is not believed, but asked about
  EXPECT_EQ(pod.at(1s).decides(), Reason::waits_for_outcome);
  EXPECT_NE(pod.deed<action::ReadLease>(), nullptr);
  // when
  EXPECT_EQ(pod.at(1100ms).sees(held()).decides(), Reason::following);
  // then
  EXPECT_EQ(pod.at(9999ms).decides(), Reason::following);
  EXPECT_EQ(pod.at(10s).decides(), Reason::takes_over);
}

}  // namespace
}  // namespace core::elected::scenarios
