#include <gtest/gtest.h>

#include "elected_standby.hpp"

// Elected mode, a decision at a time: when a cluster is begun, and by whom.
namespace core::elected::scenarios {
namespace {

/// The Lease of a cluster that is being made: nobody's data, no identifier.
Record uninitialised() {
  Record record;
  record.holder = holder;
  record.last = {.pod = {"pg-0"}, .data = {}};
  record.transitions = 1;
  record.duration = 10s;
  record.write = {.writer = holder, .number = 1};
  return record;
}

const answer::Here nothing{};
const answer::Here knows_of_one{
    .position = Position{}, .able = false, .holds = false, .history = {}};

/// Sees such a Lease, then that it is gone; not what it said last.
Standby without_the_last_state() {
  Standby pod;
  pod.empty().at(0s).sees(uninitialised()).decides();
  pod.at(1s).misses().decides();
  return pod;
}

TEST(R5, ALeaseThatWasNeverInitialisedIsMadeAnewOnceAllSayThatTheyHaveNothing) {
  // given
  Standby pod = without_the_last_state();
  EXPECT_EQ(pod.at(10s).decides(), Reason::holder_in_force);
  EXPECT_EQ(pod.at(11s).decides(), Reason::asks_peers_for_a_cluster);
  // when
  pod.answers("pg-0", nothing);
  EXPECT_EQ(pod.at(12s).decides(), Reason::asks_peers_for_a_cluster);
  // then
  EXPECT_EQ(pod.at(14s).decides(), Reason::nobody_may_go);
  EXPECT_EQ(pod.deed<action::WriteLease>(), nullptr);
  // when
  EXPECT_EQ(pod.at(14s).decides(), Reason::nobody_may_go);
  pod.answers("pg-0", nothing).answers("pg-2", nothing);
  // then
  EXPECT_EQ(pod.at(15s).decides(), Reason::takes_over);
  ASSERT_NE(pod.deed<action::WriteLease>(), nullptr);
  EXPECT_EQ(pod.deed<action::WriteLease>()->base, std::nullopt);
}

TEST(R5, ALeaseThatIsGoneIsNotMadeAnewWhereSomebodyKnowsOfACluster) {
  // given
  Standby pod = without_the_last_state();
  pod.at(11s).decides();
  // when
  pod.answers("pg-0", nothing).answers("pg-2", knows_of_one);
  // then
  EXPECT_EQ(pod.at(12s).decides(), Reason::peer_holds_cluster);
  EXPECT_EQ(pod.at(60s).decides(), Reason::peer_holds_cluster);
  EXPECT_EQ(pod.deed<action::WriteLease>(), nullptr);
}

TEST(R5, AnInitdbOfWhichNobodyKnowsWhetherItWasRecordedCounts) {
  // given
  Standby pod = without_the_last_state();
  pod.at(11s).decides();
  // when
  pod.answers("pg-0", nothing).answers("pg-2", answer::No{});
  // then
  EXPECT_EQ(pod.at(12s).decides(), Reason::peer_holds_cluster);
}

TEST(R5, APodThatIsNotThereIsNoAnswerWhereAllHaveToAnswer) {
  // given
  Standby pod = without_the_last_state();
  pod.at(11s).decides();
  // when
  pod.answers("pg-0", nothing).answers("pg-2", answer::Absent{});
  // then
  EXPECT_EQ(pod.at(15s).decides(), Reason::nobody_may_go);
  EXPECT_EQ(pod.deed<action::WriteLease>(), nullptr);
}

TEST(S4, APodThatIsNotThereIsNotWaitedForBeforeTheFirstInitdb) {
  // given
  Standby pod;
  pod.empty().at(0s).misses().decides();
  // when
  pod.answers("pg-0", nothing).answers("pg-2", answer::Absent{});
  // then
  EXPECT_EQ(pod.at(100ms).decides(), Reason::creates_lease);
}

TEST(R7, AVolumeThatSawTheIdentifierSaysSo) {
  // given
  Standby pod;
  pod.empty().facts().volume.claimed = {1};
  // when
  pod.at(0s).sees(held()).asked(question::Where{}, DataId{}).decides();
  // then
  ASSERT_NE(pod.deed<action::Answer>(), nullptr);
  EXPECT_EQ(pod.deed<action::Answer>()->answer, answer::Any{knows_of_one});
}

TEST(R7, ARecordWithoutTheIdentifierThatWasSeenBeginsNoCluster) {
  // given
  Standby pod;
  pod.empty().facts().volume.claimed = {1};
  pod.at(0s).sees(uninitialised()).decides();
  // when, then
  EXPECT_EQ(pod.at(60s).decides(), Reason::nobody_may_go);
}

TEST(R7, AnInitdbThatWasRecordedIsFinishedByTheNextProcess) {
  // given
  Record record = held();
  record.holder = HolderId{.pod_uid = "uid-of-pg-1", .nonce = 99};
  record.last = own;
  Standby pod;
  pod.empty().facts().volume.content = directory::Unfinished{};
  pod.facts().volume.data_id = own.data;
  pod.facts().volume.position = own_position;
  // when
  EXPECT_EQ(pod.at(0s).sees(record).decides(), Reason::initdb);
  // then
  EXPECT_NE(pod.deed<action::FinishBootstrap>(), nullptr);
  EXPECT_EQ(pod.deed<action::Bootstrap>(), nullptr);
}

TEST(R7, AWriteOfBeforeTheDataWereHereBeginsNothing) {
  // given: its create is answered by nobody, and meanwhile it cloned
  Standby pod;
  pod.empty().at(0s).misses().decides();
  pod.at(3s).decides();
  ASSERT_NE(pod.deed<action::WriteLease>(), nullptr);
  Record late = pod.deed<action::WriteLease>()->record;
  pod.at(4s).ends(1, Outcome::unknown).decides();
  Standby with_data;
  pod.facts().volume = with_data.facts().volume;
  // when
  pod.at(30s).sees(std::move(late)).decides();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(pod.deed<action::StartPrimary>(), nullptr);
    EXPECT_EQ(pod.deed<action::Promote>(), nullptr);
    pod.at(31s + i * 1s).decides();
  }
}

TEST(R19, LosingDataKnowinglyGoesOnFromARecordWithoutAnIdentifier) {
  // given: pg-1 has data, the Lease says that there is no cluster yet
  Standby pod;
  EXPECT_EQ(pod.at(0s).sees(uninitialised()).decides(), Reason::own_copy_not_ready);
  pod.facts().command = Command{LoseData{}};
  pod.at(1s).decides();
  pod.facts().command.reset();
  // when, then
  EXPECT_NE(pod.at(9s).decides(), Reason::takes_over);
  EXPECT_EQ(pod.at(10s).decides(), Reason::takes_over);
  ASSERT_NE(pod.deed<action::WriteLease>(), nullptr);
  EXPECT_EQ(pod.deed<action::WriteLease>()->record.system_id, SystemId{7});
  EXPECT_EQ(pod.deed<action::WriteLease>()->record.timeline, Timeline{3});
}

TEST(S13, WhoMakesAMissingLeaseAnewSkipsNumbersThatOthersMayHaveUsed) {
  // given: pg-1 never saw the Lease, its volume saw timeline 3 and 5 changes of the holder
  Standby pod;
  pod.at(0s).misses().decides();
  pod.facts().command = Command{LoseData{}};
  pod.at(1s).decides();
  pod.facts().command.reset();
  // when
  EXPECT_EQ(pod.at(10s).decides(), Reason::takes_over);
  // then
  ASSERT_NE(pod.deed<action::WriteLease>(), nullptr);
  EXPECT_FALSE(pod.deed<action::WriteLease>()->base);
  EXPECT_EQ(pod.deed<action::WriteLease>()->record.timeline, Timeline{11});
  EXPECT_EQ(pod.deed<action::WriteLease>()->record.transitions, 14U);
}

}  // namespace
}  // namespace core::elected::scenarios
