#include <gtest/gtest.h>

#include "given.hpp"
#include "life.hpp"
#include "text.hpp"

// Lives that are cut short: killed at any step, stopped, crashed; and the start after that.
namespace scenarios {
namespace {

/// Kills PID 1 after each of the first `steps` decisions in turn, and lets the next start go on.
void kill_at_every_step(const std::function<void(Life&)>& script, const char* pod, Reason served) {
  for (int steps = 1; steps <= 12; ++steps) {
    Life life{static_pod(pod), empty()};
    script(life);
    for (int step = 0; step < steps; ++step)
      (void)life.step(20s);
    // when
    life.killed_and_started_again().play_until(life.now() + 20s);
    // then
    const auto* found = std::get_if<directory::Cluster>(&life.volume());
    ASSERT_NE(found, nullptr) << "killed after decision " << steps << "\n" << life.story();
    EXPECT_EQ(found->control.system_id, our_cluster);
    EXPECT_TRUE(life.serves_as(served) || life.serves_as(Reason::slots_due))
        << "killed after decision " << steps << "\n"
        << life.story();
  }
}

TEST(Life, S7APrimaryKilledAtAnyStepOfItsFirstStartServesAfterTheNext) {
  kill_at_every_step([](Life&) {}, "pg-0", Reason::serving_primary);
}

TEST(Life, S7AStandbyKilledAtAnyStepOfItsFirstStartServesAfterTheNext) {
  kill_at_every_step([](Life& life) { life.peer(0, serves()); }, "pg-1", Reason::serving_standby);
}

TEST(Life, S10AServerDeafToEveryRequestIsKilledWithinTheGracePeriodOfKubernetes) {
  // given
  Life life{standalone(), cluster()};
  life.server({.starts = 100ms, .fails = {}, .fast = {}, .immediate = {}});
  // when
  life.signal(10s, SIGTERM).play_until(2min);
  // then
  EXPECT_EQ(life.story(), told(R"(
      0.000 cluster_found: start primary
      0.000 server_starting
      0.100 serving_primary
      10.000 stop_asked: stop fast
      30.000 fast_stop_overdue: stop immediate
      35.000 immediate_stop_overdue: stop kill
      35.001 server_failed: exit 137
  )"));
  EXPECT_LT(life.now() - 10s, 30s);
}

TEST(Life, S10AServerDeafToAFastShutdownEndsWithoutAShutdownCheckpointAndTheStatusSaysSo) {
  // given
  Life life{standalone(), cluster()};
  life.server({.starts = 100ms, .fails = {}, .fast = {}, .immediate = 50ms});
  // when
  life.signal(10s, SIGTERM).play_until(2min);
  // then
  EXPECT_EQ(life.exit()->code, 1);
  EXPECT_EQ(life.reason(), Reason::server_not_shut_down);
  EXPECT_EQ(life.now(), 30050ms);
}

TEST(Life, AStopDuringABootstrapIsObeyedWellWithinASecondAndTheNextStartBeginsAnew) {
  // given
  Life life{standalone(), empty()};
  life.next(LongKind::bootstrap, {.takes = 10min});
  // when
  life.signal(5s, SIGTERM).play_until(10min);
  // then
  ASSERT_TRUE(life.exit());
  EXPECT_EQ(life.exit()->code, 143);
  EXPECT_EQ(life.now(), 5010ms);
  // when
  life.killed_and_started_again().play_until(10min);
  // then
  EXPECT_EQ(life.times_of("discard").size(), 1U);
  EXPECT_TRUE(life.serves_as(Reason::serving_primary)) << life.story();
}

TEST(Life, AStopDuringACloneThatIgnoresEverythingTakesAtMostTwoSeconds) {
  for (const auto ends : {Course::Ends::by_kill, Course::Ends::never}) {
    // given
    Life life{static_pod("pg-1"), empty()};
    life.peer(0, serves()).next(LongKind::clone, {.takes = 1h, .ends = ends});
    // when
    life.signal(5s, SIGTERM).play_until(2h);
    // then
    ASSERT_TRUE(life.exit()) << life.story();
    EXPECT_EQ(life.exit()->code, 143);
    EXPECT_LE(life.now(), 7s);
  }
}

TEST(Life, AServerThatRefusesItsConfigurationEndsTheContainerAtOnce) {
  // given
  Life life{standalone(), cluster()};
  life.server({.starts = 30ms, .fails = exit_code(1)});
  // when
  life.play_until(1min);
  // then
  EXPECT_EQ(life.exit()->code, 1);
  EXPECT_EQ(life.now(), 30ms);
}

TEST(Life, ACrashOfTheServerEndsTheContainerAndTheNextStartRecovers) {
  // given
  Life life{static_pod("pg-0"), cluster()};
  life.server_dies(10s, killed_by(SIGKILL));
  // when
  life.play_until(1min);
  // then
  EXPECT_EQ(life.exit()->code, 137);
  // when
  life.killed_and_started_again().play_until(1min);
  // then
  EXPECT_EQ(life.times_of("start primary").size(), 2U);
  EXPECT_FALSE(life.exit());
}

}  // namespace
}  // namespace scenarios
