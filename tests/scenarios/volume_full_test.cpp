#include <gtest/gtest.h>

#include "given.hpp"
#include "life.hpp"
#include "scenario.hpp"
#include "text.hpp"

// The volume of pg_wal fills up: stop while that goes well, wait, come back, and no circle.
namespace scenarios {
namespace {

constexpr std::uint64_t mb = std::uint64_t{1} << 20U;

/// WAL files of 16 MB and a reserve of 48.
core::WalRoom room(std::uint64_t available, std::optional<std::uint64_t> reserve) {
  return {.available = available * mb,
          .size = 1024 * mb,
          .segment = 16 * mb,
          .wanted = 48 * mb,
          .reserve = reserve ? std::optional(*reserve * mb) : std::nullopt};
}

Scenario primary(core::WalRoom found, ServerPhase phase = ServerPhase::ready) {
  Scenario s{standalone()};
  s.at(0s).directory(cluster()).server_runs(Role::primary, phase).wal_room(found);
  return s;
}

TEST(VolumeFull, APrimaryWithoutRoomForTheNextWalFileGivesUpTheReserveAndIsShutDown) {
  // given
  Scenario s = primary(room(16, 48));
  EXPECT_EQ(s.does(), "");
  // when
  s.at(1s).wal_room(room(15, 48));
  // then
  EXPECT_EQ(s.reason(), Reason::volume_full_stops);
  EXPECT_EQ(s.does(), "release reserve, stop fast");
}

TEST(VolumeFull, TheLessIsLeftTheMoreOftenItIsLookedAt) {
  EXPECT_EQ(primary(room(100, 48)).wake(), 200ms);
  EXPECT_EQ(primary(room(1024, 48)).wake(), 1s);
  EXPECT_EQ(primary(room(8192, 48)).wake(), std::nullopt);
}

TEST(VolumeFull, ItWaitsDownAndStartsByItselfOnceThereIsRoomForTheReserveAgain) {
  // given
  Scenario s = primary(room(192, std::nullopt));
  EXPECT_EQ(s.does(), "make reserve");
  s.at(500ms).wal_room(room(15, 48));
  EXPECT_EQ(s.does(), "release reserve, stop fast");
  // when
  s.at(1s).wal_room(room(60, 0)).server_ended(exit_code(0), directory::State::shut_down);
  // then
  EXPECT_EQ(s.reason(), Reason::volume_full_waits);
  EXPECT_EQ(s.does(), "");
  s.time_passes();
  EXPECT_EQ(s.reason(), Reason::volume_full_waits);
  // when
  s.at(20s).wal_room(room(80, 0));
  // then
  EXPECT_EQ(s.does(), "start primary");
  // when
  s.at(21s).server_runs(Role::primary, ServerPhase::ready);
  // then
  EXPECT_EQ(s.does(), "make reserve");
  s.at(22s).wal_room(room(32, 48));
  EXPECT_EQ(s.reason(), Reason::serving_primary);
}

TEST(VolumeFull, AShutdownThatFreedWalIsFollowedByAStartAfterAPauseThatGrows) {
  // given: each shutdown checkpoint removes WAL files, and clients write them anew
  Life life{standalone(), cluster()};
  life.wal_room(room(500, 48));
  for (int second = 5; second < 300; ++second)
    life.wal_room_at(std::chrono::seconds(second), room(10, 48), room(500, 0));
  // when
  life.play_until(5min);
  // then
  EXPECT_LE(life.times_of("start primary").size(), 14U) << life.story();
  EXPECT_GE(life.times_of("start primary").size(), 5U) << life.story();
}

TEST(VolumeFull, S10ASlowStopForItGetsHarderLikeEveryOther) {
  // given
  Scenario s = primary(room(15, 48));
  EXPECT_EQ(s.does(), "release reserve, stop fast");
  // when, then
  s.wal_room(room(63, 0)).time_passes();
  EXPECT_EQ(s.does(), "stop immediate");
}

TEST(VolumeFull, AServerThatPanickedOfItRecoversOnTheReserveAndIsShutDownThen) {
  // given
  Scenario s = primary(room(40, 48));
  EXPECT_EQ(s.does(), "");
  // when
  s.at(1s).wal_room(room(9, 48)).server_ended(exit_code(1), directory::State::in_production);
  // then
  EXPECT_EQ(s.reason(), Reason::volume_full_recovers);
  EXPECT_EQ(s.does(), "release reserve, start primary");
  // when
  s.at(2s).wal_room(room(57, 0)).server_runs(Role::primary, ServerPhase::starting);
  EXPECT_EQ(s.reason(), Reason::server_starting);
  s.at(3s).server_runs(Role::primary, ServerPhase::ready);
  // then
  EXPECT_EQ(s.reason(), Reason::volume_full_stops);
  EXPECT_EQ(s.does(), "stop fast");
  // when
  s.at(4s).server_ended(exit_code(0), directory::State::shut_down);
  // then
  EXPECT_EQ(s.reason(), Reason::volume_full_waits);
  EXPECT_EQ(s.does(), "");
}

/// PostgreSQL's postmaster recovers by itself after a crash, and postmaster.pid then goes on to say
/// that it is ready.
TEST(VolumeFull, ARecoveryThatTheStopCutShortIsDoneAgainOnTheReserveAndOnceMoreAtMost) {
  // given
  Scenario s = primary(room(9, 48));
  EXPECT_EQ(s.does(), "release reserve, stop fast");
  s.wal_room(room(57, 0));
  for (const char* begins : {"start primary", "start primary", ""}) {
    // when
    s.time_passes().server_ended(exit_code(0), directory::State::in_crash_recovery);
    // then
    EXPECT_EQ(s.does(), begins);
    s.server_runs(Role::primary, ServerPhase::ready);
  }
}

TEST(VolumeFull, ARecoveryThatTheServerBeganItselfGetsTheReserve) {
  // given
  Scenario s = primary(room(9, 48), ServerPhase::starting);
  // then
  EXPECT_EQ(s.reason(), Reason::volume_full_recovers);
  EXPECT_EQ(s.does(), "release reserve");
}

TEST(VolumeFull, ARecoveryThatNeedsMoreThanTheReserveIsNotBegunAgainBeforeThereIsRoom) {
  // given
  Scenario s = primary(room(9, 48));
  s.at(1s).server_ended(exit_code(1), directory::State::in_production);
  EXPECT_EQ(s.does(), "release reserve, start primary");
  s.at(2s).wal_room(room(57, 0)).server_runs(Role::primary, ServerPhase::starting);
  EXPECT_EQ(s.does(), "");
  // when
  s.at(3s).wal_room(room(0, 0)).server_ended(exit_code(1), directory::State::in_crash_recovery);
  // then
  EXPECT_EQ(s.reason(), Reason::volume_full_waits);
  EXPECT_EQ(s.does(), "");
  s.at(60s).wal_room(room(31, 0));
  EXPECT_EQ(s.does(), "");
  s.at(70s).wal_room(room(80, 0));
  EXPECT_EQ(s.does(), "start primary");
}

TEST(VolumeFull, ANewProcessOnAFullVolumeWaitsAsTheOldOneDid) {
  for (const auto reserve : {std::optional<std::uint64_t>{0}, std::optional<std::uint64_t>{}}) {
    // given, when
    Scenario s{standalone()};
    s.at(0s).directory(cluster()).wal_room(room(15, reserve));
    // then
    EXPECT_EQ(s.reason(), Reason::volume_full_waits);
    EXPECT_EQ(s.does(), "");
    // when
    s.at(10s).signal(SIGTERM);
    EXPECT_EQ(s.reason(), Reason::stopped_before_start);
  }
}

TEST(VolumeFull, OnAVolumeThatIsTooSmallForAReservePostgresqlIsLeftToItself) {
  // given
  core::WalRoom small = room(15, std::nullopt);
  small.size = 190 << 20;
  // when
  Scenario s{standalone()};
  s.at(0s).directory(cluster()).wal_room(small);
  // then
  EXPECT_EQ(s.does(), "start primary");
  s.at(1s).server_runs(Role::primary, ServerPhase::ready);
  EXPECT_EQ(s.does(), "");
}

TEST(VolumeFull, AStopThatIsAskedForWhileItWaitsEndsThePodAsItsServerEnded) {
  // given
  Scenario s = primary(room(15, 48));
  EXPECT_EQ(s.does(), "release reserve, stop fast");
  s.at(1s).wal_room(room(63, 0)).server_ended(exit_code(0), directory::State::shut_down);
  EXPECT_EQ(s.does(), "");
  // when
  s.at(2s).signal(SIGTERM);
  // then
  EXPECT_EQ(s.reason(), Reason::server_stopped);
  EXPECT_EQ(s.exit().code, 0);
}

TEST(VolumeFull, AFailureWithRoomOnTheVolumeIsAFailure) {
  Scenario s = primary(room(500, 48));
  s.at(1s).server_ended(exit_code(1), directory::State::in_production);
  EXPECT_EQ(s.reason(), Reason::server_failed);
}

TEST(VolumeFull, AStandbyIsNotStoppedForItAndIsStartedAgainOnceThereIsRoom) {
  // given
  Scenario s = running(static_pod("pg-1"), standby_cluster(), Role::standby, ServerPhase::ready);
  s.wal_room(room(3, std::nullopt));
  EXPECT_EQ(s.does(), "ensure slot on 0");
  // when
  s.at(1s).server_ended(exit_code(1), directory::State::in_archive_recovery);
  // then
  EXPECT_EQ(s.reason(), Reason::asking_primary_first);
  s.time_passes();
  EXPECT_EQ(s.reason(), Reason::volume_full_waits);
  EXPECT_EQ(s.does(), "");
  // when
  s.at(20s).wal_room(room(32, std::nullopt));
  // then
  EXPECT_EQ(s.does(), "start standby of 0");
}

TEST(VolumeFull, TheFirstReserveNeedsPlentyOfRoomAndAFailureToMakeItIsNotRepeatedAtOnce) {
  EXPECT_EQ(primary(room(191, std::nullopt)).does(), "");
  Scenario s = primary(room(192, std::nullopt));
  EXPECT_EQ(s.does(), "make reserve");
  s.at(1s).wal_room(room(191, std::nullopt)).at(2s).wal_room(room(192, std::nullopt));
  EXPECT_EQ(s.does(), "");
}

}  // namespace
}  // namespace scenarios
