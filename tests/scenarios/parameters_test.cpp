#include <gtest/gtest.h>

#include "elected_standby.hpp"
#include "given.hpp"
#include "scenario.hpp"
#include "text.hpp"

// The primary was given more of what a standby needs as much of, and replay waits.
namespace scenarios {
namespace {

Scenario too_small() {
  Scenario s = running(static_pod("pg-1"), standby_cluster(), Role::standby, ServerPhase::ready);
  EXPECT_EQ(s.does(), "ensure slot on 0");
  s.at(10ms).peer(0, serves());
  EXPECT_EQ(s.does(), "");
  s.at(1s).below_primary();
  return s;
}

TEST(Parameters, AStandbyThatIsBelowItsPrimaryIsStartedAnew) {
  // given, when
  Scenario s = too_small();
  // then
  EXPECT_EQ(s.reason(), Reason::restarts_for_parameters);
  EXPECT_EQ(s.does(), "stop fast");
  // when
  s.at(2s).server_ended(exit_code(0), directory::State::shut_down_in_recovery);
  // then
  EXPECT_EQ(s.does(), "start standby of 0");
  // when
  s.at(3s).server_runs(Role::standby, ServerPhase::ready);
  // then
  EXPECT_EQ(s.reason(), Reason::serving_standby);
}

TEST(Parameters, AStopThatIsAskedForMeanwhileEndsThePod) {
  // given
  Scenario s = too_small();
  EXPECT_EQ(s.does(), "stop fast");
  // when
  s.at(1500ms).signal(SIGTERM);
  EXPECT_EQ(s.does(), "");
  s.at(2s).server_ended(exit_code(0), directory::State::shut_down_in_recovery);
  // then
  EXPECT_EQ(s.reason(), Reason::server_stopped);
  EXPECT_EQ(s.exit().code, 0);
}

TEST(Parameters, AServerThatDoesNotEndIsStoppedHarder) {
  // given
  Scenario s = too_small();
  EXPECT_EQ(s.does(), "stop fast");
  // when, then
  s.time_passes();
  EXPECT_EQ(s.does(), "stop immediate");
}

}  // namespace
}  // namespace scenarios

namespace core::elected::scenarios {
namespace {

void run_below_primary(Standby& standby) {
  std::get<core::server::Running>(standby.facts().server.state).below_primary = true;
}

TEST(Parameters, AnElectedStandbyThatIsBelowItsPrimaryIsStartedAnew) {
  // given
  Standby standby;
  standby.at(0s).sees(held());
  EXPECT_EQ(standby.decides(), Reason::following);
  // when
  run_below_primary(standby);
  // then
  EXPECT_EQ(standby.at(1s).decides(), Reason::restarts_for_parameters);
  const auto* stop = standby.deed<action::StopServer>();
  ASSERT_NE(stop, nullptr);
  EXPECT_EQ(stop->how, core::action::Shutdown::fast);
  // when
  standby.facts().server.state = core::server::Ended{};
  standby.facts().server.streams = false;
  // then
  EXPECT_EQ(standby.at(2s).decides(), Reason::starts_as_standby);
  ASSERT_NE(standby.deed<action::StartStandby>(), nullptr);
  EXPECT_EQ(standby.deed<action::StartStandby>()->follow, PodName{"pg-0"});
}

TEST(Parameters, AnElectedServerThatDoesNotEndIsStoppedHarder) {
  Standby standby;
  standby.at(0s).sees(held());
  (void)standby.decides();
  run_below_primary(standby);
  (void)standby.at(1s).decides();
  EXPECT_EQ(standby.at(22s).sees(held(), "v2").decides(), Reason::restarts_for_parameters);
  const auto* stop = standby.deed<action::StopServer>();
  ASSERT_NE(stop, nullptr);
  EXPECT_EQ(stop->how, core::action::Shutdown::immediate);
}

}  // namespace
}  // namespace core::elected::scenarios
