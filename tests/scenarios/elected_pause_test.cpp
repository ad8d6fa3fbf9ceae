#include <gtest/gtest.h>

#include "elected_standby.hpp"

// Elected mode, a decision at a time: `pause` and `resume`.
namespace core::elected::scenarios {
namespace {

const Member other{.pod = {"pg-2"}, .data = {12}};

Record paused(Record record) {
  record.paused = true;
  return record;
}

void tell(Standby& pod, Command command) {
  pod.facts().command = std::move(command);
}

/// pg-1 holds the Lease, which says `paused`, and its renewals are as they should be, at 13 s.
Standby paused_holder(const std::vector<Member>& streams) {
  Standby pod = opened(streams);
  pod.at(10800ms).decides();
  if (pod.deed<action::WriteLease>() != nullptr) pod.at(10900ms).ends(3, Outcome::done).decides();
  tell(pod, Pause{.on = true});
  pod.at(11s).decides();
  const auto* write = pod.deed<action::WriteLease>();
  EXPECT_NE(write, nullptr) << "at once";
  if (write != nullptr) {
    EXPECT_TRUE(write->record.paused);
    const std::uint64_t number = write->record.write.number;
    pod.facts().command.reset();
    pod.at(11100ms).ends(number, Outcome::done).decides();
  }
  pod.facts().command.reset();
  return pod;
}

TEST(Pause, NobodyTakesOverFromAHolderThatIsGone) {
  // given
  Standby pod;
  pod.at(0s).sees(paused(held())).decides();
  // when, then
  EXPECT_EQ(pod.at(10s).decides(), Reason::automatic_failover_paused);
  EXPECT_EQ(pod.at(100s).decides(), Reason::automatic_failover_paused);
  EXPECT_EQ(pod.deed<action::WriteLease>(), nullptr);
}

TEST(Pause, NorWhatAPodThatStoppedGaveBack) {
  // given
  Record record = paused(released(6000));
  record.successor.reset();
  Standby pod;
  // when, then
  pod.at(0s).sees(record).decides();
  EXPECT_EQ(pod.at(60s).decides(), Reason::automatic_failover_paused);
}

TEST(Pause, WhomASwitchoverNamedGoes) {
  Standby pod;
  EXPECT_EQ(pod.at(0s).sees(paused(released(5000))).decides(), Reason::takes_over);
  EXPECT_TRUE(pod.deed<action::WriteLease>()->record.paused) << "it stays paused";
}

TEST(Pause, TheLastHolderGoesOn) {
  // given: a new process with the last holder's data
  Record record = paused(held());
  record.last = own;
  Standby pod;
  // when, then
  EXPECT_EQ(pod.at(0s).sees(record).decides(), Reason::takes_over);
  EXPECT_TRUE(pod.deed<action::WriteLease>()->record.paused);
}

TEST(Pause, OnceResumedTheListedGoAndTheRecordSaysSo) {
  // given
  Standby pod;
  pod.at(0s).sees(paused(held())).decides();
  EXPECT_EQ(pod.at(10s).decides(), Reason::automatic_failover_paused);
  // when
  tell(pod, Pause{.on = false});
  // then
  EXPECT_EQ(pod.at(11s).decides(), Reason::takes_over);
  EXPECT_FALSE(pod.deed<action::WriteLease>()->record.paused);
}

TEST(Pause, AWordToGoOnCountsForTheRecordThatStoodThen) {
  // given
  Standby pod;
  pod.at(0s).sees(paused(held()), "v1").decides();
  tell(pod, Pause{.on = false});
  pod.at(5s).decides();
  pod.facts().command.reset();
  // when: the holder is back, and writes what it was told before
  Record newer = paused(held());
  newer.write.number = 10;
  pod.at(6s).sees(newer, "v2").decides();
  // then
  EXPECT_EQ(pod.at(16s).decides(), Reason::automatic_failover_paused);
}

TEST(Pause, LosingDataKnowinglyIsAPersonsWordAsWell) {
  Standby pod;
  pod.at(0s).sees(paused(held())).decides();
  tell(pod, LoseData{});
  EXPECT_EQ(pod.at(10s).decides(), Reason::takes_over);
}

TEST(Pause, OnlyTheHolderWritesIt) {
  // given
  Standby pod;
  pod.at(0s).sees(held()).decides();
  // when
  tell(pod, Pause{.on = true});
  pod.at(1s).decides();
  // then
  EXPECT_NE(pod.deed<action::RefuseCommand>(), nullptr);
  EXPECT_EQ(pod.deed<action::WriteLease>(), nullptr);
}

TEST(Pause, TheHolderKeepsItUntilItIsToldToResume) {
  // given
  Standby pod = paused_holder({});
  // when, then
  pod.at(13100ms).decides();
  ASSERT_NE(pod.deed<action::WriteLease>(), nullptr);
  EXPECT_TRUE(pod.deed<action::WriteLease>()->record.paused);
  pod.at(13200ms).ends(pod.deed<action::WriteLease>()->record.write.number, Outcome::done);
  pod.decides();
  // when
  tell(pod, Pause{.on = false});
  pod.at(13300ms).decides();
  // then
  ASSERT_NE(pod.deed<action::WriteLease>(), nullptr);
  EXPECT_FALSE(pod.deed<action::WriteLease>()->record.paused);
}

TEST(Pause, AServerThatSomebodyShutDownIsStartedInPlaceAlthoughAnotherPodHasAll) {
  // given: a holder for more than a minute, so that it is no ping-pong (R32)
  Standby pod = paused_holder({other});
  for (Duration when = 12s; when < 80s; when += 1s) {
    pod.at(when).decides();
    if (const auto* write = pod.deed<action::WriteLease>())
      pod.at(when + 100ms).ends(write->record.write.number, Outcome::done).decides();
  }
  // when
  pod.facts().server = {};
  std::get<directory::Cluster>(pod.facts().volume.content).control.state =
      directory::State::shut_down;
  // then
  EXPECT_EQ(pod.at(80s).decides(), Reason::restarts_in_place);
  const auto* write = pod.deed<action::WriteLease>();
  EXPECT_TRUE(write == nullptr || write->record.holder) << "nothing is released";
}

TEST(Pause, AHolderThatIsAskedToStopNamesNobody) {
  // given
  Standby pod = paused_holder({other});
  // when
  pod.facts().stop = StopRequest{.at = pod.facts().now};
  EXPECT_EQ(pod.at(11200ms).decides(), Reason::handover_checkpoint);
  pod.at(11300ms).finishes(Work::checkpoint, true).decides();
  pod.at(11300ms).decides();
  pod.facts().server = {};
  std::get<directory::Cluster>(pod.facts().volume.content).control.state =
      directory::State::shut_down;
  pod.at(11400ms).decides();
  pod.at(11400ms).decides();
  // then
  const auto* write = pod.deed<action::WriteLease>();
  ASSERT_NE(write, nullptr);
  EXPECT_FALSE(write->record.holder);
  EXPECT_EQ(write->record.successor, std::nullopt);
  EXPECT_TRUE(write->record.paused);
}

}  // namespace
}  // namespace core::elected::scenarios
