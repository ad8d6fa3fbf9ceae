#include <gtest/gtest.h>

#include "given.hpp"
#include "scenario.hpp"
#include "text.hpp"

// The exit status tells a supervisor the truth: 0 for a clean shut down alone.
namespace scenarios {
namespace {

Scenario serving(ServerPhase phase = ServerPhase::ready) {
  Scenario s{standalone()};
  s.at(0s).directory(cluster()).server_runs(Role::primary, phase);
  EXPECT_EQ(s.does(), "");
  return s;
}

TEST(ExitStatus, ZeroAfterACleanShutdownOfAPrimaryAndOfAStandby) {
  for (const auto state : {directory::State::shut_down, directory::State::shut_down_in_recovery}) {
    // given
    Scenario s = serving();
    s.signal(SIGTERM);
    EXPECT_EQ(s.does(), "stop fast");
    // when
    s.at(1s).server_ended(exit_code(0), state);
    // then
    EXPECT_EQ(s.reason(), Reason::server_stopped);
    EXPECT_EQ(s.exit().code, 0);
    EXPECT_EQ(s.exit().message, "");
  }
}

TEST(ExitStatus, ZeroAlsoWhenSomebodyElseStoppedTheServerCleanly) {
  // given
  Scenario s = serving();
  // when
  s.at(1s).server_ended(exit_code(0), directory::State::shut_down);
  // then
  EXPECT_EQ(s.exit().code, 0);
}

TEST(ExitStatus, NotZeroWherePgControlKnowsOfNoShutdown) {
  for (const auto state : {directory::State::in_production, directory::State::starting_up,
                           directory::State::shutting_down, directory::State::in_crash_recovery,
                           directory::State::in_archive_recovery}) {
    // given
    Scenario s = serving();
    s.signal(SIGQUIT);
    EXPECT_EQ(s.does(), "stop immediate");
    // when
    s.at(1s).server_ended(exit_code(0), state);
    // then
    EXPECT_EQ(s.reason(), Reason::server_not_shut_down);
    EXPECT_EQ(s.exit().code, 1);
    EXPECT_NE(s.exit().message, "");
  }
}

TEST(ExitStatus, NotZeroWhereThereIsNoControlFileToAsk) {
  // given
  Scenario s = serving();
  // when
  s.at(1s).directory(empty()).server_ended(exit_code(0), directory::State::shut_down);
  // then
  EXPECT_EQ(s.exit().code, 1);
}

TEST(ExitStatus, AServerThatDiesBySignalIsShownAsAShellShowsIt) {
  // given
  Scenario s = serving();
  // when
  s.at(1s).server_ended(killed_by(SIGKILL), directory::State::in_production);
  // then
  EXPECT_EQ(s.reason(), Reason::server_failed);
  EXPECT_EQ(s.exit().code, 137);
  EXPECT_EQ(s.exit().message, "PostgreSQL ended with signal 9");
}

TEST(ExitStatus, AConfigurationThatPostgresRefusesEndsWithItsOwnCode) {
  // given
  Scenario s = serving(ServerPhase::starting);
  // when
  s.at(50ms).server_ended(exit_code(1), directory::State::shut_down);
  // then
  EXPECT_EQ(s.reason(), Reason::server_failed);
  EXPECT_EQ(s.exit().code, 1);
  EXPECT_EQ(s.exit().message, "PostgreSQL ended with exit code 1");
}

TEST(ExitStatus, AFailureOfTheServerCountsMoreThanTheStopThatWasAskedFor) {
  // given
  Scenario s = serving();
  s.signal(SIGTERM);
  EXPECT_EQ(s.does(), "stop fast");
  // when
  s.at(1s).server_ended(exit_code(2), directory::State::in_production);
  // then
  EXPECT_EQ(s.exit().code, 2);
}

TEST(ExitStatus, AServerThatCannotBeStartedEndsTheContainerWithTheReason) {
  // given
  Scenario s{standalone()};
  s.at(0s).directory(cluster());
  EXPECT_EQ(s.does(), "start primary");
  // when
  s.failed(LongKind::start, "postgres is not on PATH", 127);
  // then
  EXPECT_EQ(s.reason(), Reason::long_action_failed);
  EXPECT_EQ(s.exit().code, 127);
  EXPECT_EQ(s.exit().message, "postgres is not on PATH");
}

}  // namespace
}  // namespace scenarios
