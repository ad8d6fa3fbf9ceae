#include <gtest/gtest.h>

#include "given.hpp"
#include "life.hpp"
#include "text.hpp"

// Whole lives: what a pod does from its start on, in virtual time, told as a story.
namespace scenarios {
namespace {

TEST(Life, StandaloneOnAnEmptyVolumeUntilItIsStopped) {
  // given
  Life life{standalone(), empty()};
  // when
  life.signal(60s, SIGTERM).play_until(2min);
  // then
  EXPECT_EQ(life.story(), told(R"(
      0.000 volume_empty: bootstrap
      1.000 cluster_found: start primary
      1.000 server_starting
      1.200 serving_primary
      60.000 stop_asked: stop fast
      60.100 server_stopped: exit 0
  )"));
}

TEST(Life, TheFirstPodOfAFreshClusterAllPodsAtOnce) {
  // given
  Life life{static_pod("pg-0"), empty()};
  life.peer(1, WithoutData{}).peer(2, Silence::refused).peer(2, WithoutData{}, 700ms);
  // when
  life.play_until(20s);
  // then
  EXPECT_EQ(life.story(), told(R"(
      0.000 asking_peers: ask 1 2
      0.500 asking_peers: ask 2
      1.000 asking_peers: ask 2
      1.002 volume_empty: bootstrap
      2.002 cluster_found: start primary
      2.002 server_starting
      2.202 passwords_due: assert passwords
      2.202 slots_due: maintain slots
      2.204 serving_primary
  )"));
}

TEST(Life, L6TheFirstPodOfAFreshClusterOnePodAfterTheOther) {
  // given
  Life life{static_pod("pg-0"), empty()};
  // when
  life.play_until(20s);
  // then
  EXPECT_EQ(life.story(), told(R"(
      0.000 asking_peers: ask 1 2
      0.002 volume_empty: bootstrap
      1.002 cluster_found: start primary
      1.002 server_starting
      1.202 passwords_due: assert passwords
      1.202 slots_due: maintain slots
      1.204 serving_primary
  )"));
}

TEST(Life, AStandbyOfAFreshClusterWaitsClonesStreams) {
  // given
  Life life{static_pod("pg-1"), empty()};
  life.peer(0, WithoutData{}).peer(0, Silence::refused, 1s).peer(0, serves(), 1300ms);
  // when
  life.play_until(20s);
  // then
  EXPECT_EQ(life.story(), told(R"(
      0.000 asking_peers: ask 0
      0.002 waiting_for_primary_data
      0.500 waiting_for_primary_data: ask 0
      1.000 waiting_for_primary_data: ask 0
      1.002 waiting_for_primary_port
      1.500 waiting_for_primary_port: ask 0
      1.502 volume_empty_primary_answers: clone 0
      2.502 cluster_found: start standby of 0
      2.502 slot_due: ensure slot on 0
      2.504 server_starting
      2.702 serving_standby
  )"));
}

TEST(Life, AWholeClusterIsRestartedAndNothingIsClonedAnew) {
  // given
  Life primary{static_pod("pg-0"), cluster()};
  Life standby{static_pod("pg-1"), standby_cluster()};
  standby.peer(0, Silence::refused).peer(0, serves(), 300ms);
  // when
  primary.play_until(20s);
  standby.play_until(20s);
  // then
  EXPECT_EQ(primary.story(), told(R"(
      0.000 cluster_found: start primary
      0.000 server_starting
      0.200 passwords_due: assert passwords
      0.200 slots_due: maintain slots
      0.202 serving_primary
  )"));
  EXPECT_EQ(standby.story(), told(R"(
      0.000 asking_primary_first: ask 0
      0.002 cluster_found: start standby of 0
      0.002 waiting_for_primary_port: ensure slot on 0
      2.002 waiting_for_primary_port: ensure slot on 0
      2.004 serving_standby
  )"));
}

TEST(Life, L5APrimaryAbsentForAMinuteIsWaitedForInBoundedStepsThenCloned) {
  // given
  Life life{static_pod("pg-2"), empty()};
  life.peer(0, serves(), 60s);
  // when
  life.play_until(2min);
  // then
  const auto questions = life.times_of("ask 0");
  EXPECT_EQ(questions.size(), 121U) << "one every half second";
  EXPECT_EQ(life.times_of("clone 0"), std::vector<Duration>{60002ms});
  EXPECT_TRUE(life.serves_as(Reason::serving_standby)) << life.story();
}

TEST(Life, L5AnUnreachablePrimaryCostsOneQuestionAtATime) {
  // given
  Life life{static_pod("pg-2"), empty()};
  life.peer(0, Silence::unreachable);
  // when
  life.play_until(60s);
  // then
  EXPECT_EQ(life.reason(), Reason::waiting_for_primary_network);
  const auto questions = life.times_of("ask 0");
  for (std::size_t i = 1; i < questions.size(); ++i) {
    EXPECT_GE(questions[i] - questions[i - 1], 2s) << "the answer's deadline";
  }
  EXPECT_GE(questions.size(), 24U);
}

TEST(Life, L5ACloneThatFailsSevenTimesIsTriedWithGrowingPauses) {
  // given
  Life life{static_pod("pg-1"), empty()};
  life.peer(0, serves());
  for (int time = 0; time < 7; ++time) {
    life.next(LongKind::clone, {.takes = 100ms, .ok = false});
    life.next(LongKind::discard, {.takes = 10ms});
  }
  // when
  life.play_until(5min);
  // then
  const auto clones = life.times_of("clone 0");
  ASSERT_EQ(clones.size(), 8U) << life.story();
  const Duration pauses[] = {1s, 2s, 4s, 8s, 16s, 30s, 30s};
  for (std::size_t i = 0; i < 7; ++i) {
    const Duration failed = clones[i] + 100ms;
    EXPECT_EQ(clones[i + 1] - failed, pauses[i] + 2ms) << "after failure " << i + 1;
  }
  EXPECT_EQ(life.times_of("discard").size(), 7U);
  EXPECT_TRUE(life.serves_as(Reason::serving_standby)) << life.story();
  EXPECT_LT(life.decisions(), 120);
}

TEST(Life, S4TheLostVolumeOfThePrimaryIsNotReplacedByASecondCluster) {
  // given
  Life life{static_pod("pg-0"), empty()};
  life.peer(1, serves()).peer(2, Silence::unresolved);
  // when
  life.play_until(60s);
  // then
  ASSERT_TRUE(life.exit());
  EXPECT_EQ(life.exit()->code, 1);
  EXPECT_EQ(life.story(), told(R"(
      0.000 asking_peers: ask 1 2
      0.002 refused_peer_holds_cluster: exit 1
  )"));
  EXPECT_EQ(life.volume(), empty());
}

TEST(Life, S4TheLostVolumeOfThePrimaryComesBackByCloneFrom) {
  // given
  core::Settings settings = static_pod("pg-0");
  settings.cluster.clone_from = core::PodName{"pg-1"};
  Life life{settings, empty()};
  life.peer(1, serves());
  // when
  life.play_until(20s);
  // then
  EXPECT_EQ(life.story(), told(R"(
      0.000 asking_peers: ask 1
      0.002 volume_empty_clone_from_named_peer: clone 1 to promote
      1.002 promotion_pending: start standby
      1.002 serving_standby
      1.202 promotion_pending: promote
      2.202 passwords_due: assert passwords
      2.202 slots_due: maintain slots
      2.204 serving_primary
  )"));
  // when
  life.killed_and_started_again().play_until(40s);
  // then it is an ordinary primary, though the setting is still there
  EXPECT_EQ(life.times_of("start primary").size(), 1U) << life.story();
  EXPECT_EQ(life.times_of("clone 1 to promote").size(), 1U) << life.story();
  EXPECT_TRUE(life.serves_as(Reason::slots_due) || life.serves_as(Reason::serving_primary));
}

TEST(Life, AWarmStandbyServesWithoutAcceptingConnections) {
  // given
  core::Settings settings = static_pod("pg-1");
  settings.replication.hot_standby = false;
  Life life{settings, standby_cluster()};
  life.peer(0, serves());
  // when
  life.play_until(20s);
  // then
  EXPECT_TRUE(life.serves_as(Reason::serving_standby)) << life.story();
}

TEST(Life, S9AForeignPrimaryThatAnswersLateStopsTheStandby) {
  // given
  Life life{static_pod("pg-1"), standby_cluster()};
  life.peer(0, Silence::refused).peer(0, serves(foreign_cluster), 1s);
  // when
  life.play_until(60s);
  // then
  EXPECT_EQ(life.story(), told(R"(
      0.000 asking_primary_first: ask 0
      0.002 cluster_found: start standby of 0
      0.002 waiting_for_primary_port: ensure slot on 0
      2.002 waiting_for_primary_port: ensure slot on 0
      2.004 stop_asked: stop fast
      2.104 refused_foreign_primary: exit 1
  )"));
  EXPECT_TRUE(std::holds_alternative<directory::Cluster>(life.volume()));
}

TEST(Life, S9AStandbyOfAnotherClusterStopsWithItsDataUntouched) {
  // given
  Life life{static_pod("pg-1"), standby_cluster()};
  life.peer(0, serves(foreign_cluster));
  // when
  life.play_until(60s);
  // then
  EXPECT_EQ(life.story(), told(R"(
      0.000 asking_primary_first: ask 0
      0.002 refused_foreign_primary: exit 1
  )"));
  EXPECT_EQ(life.volume(), directory::Content{standby_cluster()});
}

}  // namespace
}  // namespace scenarios
