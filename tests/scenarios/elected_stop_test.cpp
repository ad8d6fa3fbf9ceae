#include <gtest/gtest.h>

#include "elected_standby.hpp"

// Elected mode, a decision at a time: stops, starts, and deeds that failed.
namespace core::elected::scenarios {
namespace {

TEST(R26, AStandbyThatIsAskedToStopWithdrawsAndThenStopsAtOnce) {
  // given
  Standby pod;
  pod.at(0s).sees(held()).decides();
  // when
  pod.facts().stop = StopRequest{.at = pod.facts().now};
  EXPECT_EQ(pod.at(1s).decides(), Reason::withdraws_before_stop);
  // then
  const std::vector<action::Any>& deeds = pod.deeds();
  ASSERT_EQ(deeds.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<action::Withdraw>(deeds[0]));
  EXPECT_TRUE(std::holds_alternative<action::StopServer>(deeds[1]));
}

TEST(R12, WhereStandbySignalCouldNotBeMadeItIsTriedAgain) {
  // given: it was the primary, and the fence is armed still
  Standby pod;
  pod.facts().server = {.state = core::server::Ended{}};
  pod.facts().fence.deadline = Instant{1005s};
  // when
  pod.at(0s).sees(held()).decides();
  EXPECT_NE(pod.deed<action::MarkStandby>(), nullptr);
  pod.at(1s).decides();
  // then
  EXPECT_NE(pod.deed<action::MarkStandby>(), nullptr);
  EXPECT_NE(pod.deed<action::DisarmFence>(), nullptr);
}

TEST(R33, AHolderThatLeavesStaysUntilServicesForgotItsAddress) {
  // given: it holds the Lease, is asked to stop, and its server did
  Standby pod;
  const auto written = [&] {
    const auto* write = pod.deed<action::WriteLease>();
    return write == nullptr ? 0 : write->record.write.number;
  };
  pod.at(0s).sees(released(5000)).decides();
  pod.ends(written(), Outcome::done).at(10ms).decides();
  pod.facts().stop = StopRequest{.at = pod.facts().now};
  pod.facts().server = {.state = core::server::Ended{}};
  std::get<directory::Cluster>(pod.facts().volume.content).control.state =
      directory::State::shut_down_in_recovery;
  pod.ends(written(), Outcome::done).at(20ms).decides();
  EXPECT_EQ(pod.at(30ms).decides(), Reason::handover_release);
  const auto* release = pod.deed<action::WriteLease>();
  ASSERT_NE(release, nullptr);
  EXPECT_FALSE(release->record.holder);
  // when
  EXPECT_EQ(pod.ends(written(), Outcome::done).at(50ms).decides(), Reason::leaves);
  // then: connections are refused here for a while, in place of hanging
  EXPECT_EQ(pod.deed<action::Exit>(), nullptr);
  EXPECT_EQ(pod.wake(), Instant{1000s + 1550ms});
  EXPECT_EQ(pod.at(1549ms).decides(), Reason::leaves);
  EXPECT_EQ(pod.deed<action::Exit>(), nullptr);
  pod.at(1550ms).decides();
  EXPECT_NE(pod.deed<action::Exit>(), nullptr);
}

TEST(L5, AStandbyThatEndsAtOnceIsNotStartedInACircle) {
  // given
  Standby pod;
  pod.facts().server = {.state = core::server::Ended{}};
  pod.at(0s).sees(held()).decides();
  EXPECT_NE(pod.deed<action::StartStandby>(), nullptr);
  // when
  EXPECT_EQ(pod.at(100ms).decides(), Reason::starts_as_standby);
  // then
  EXPECT_EQ(pod.deed<action::StartStandby>(), nullptr);
  EXPECT_EQ(pod.wake(), Instant{1001s});
  pod.at(1s).decides();
  EXPECT_NE(pod.deed<action::StartStandby>(), nullptr);
}

}  // namespace
}  // namespace core::elected::scenarios
