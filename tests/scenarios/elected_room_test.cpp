#include <gtest/gtest.h>

#include "elected_standby.hpp"

// Elected mode, a decision at a time: the volume of pg_wal is full.
namespace core::elected::scenarios {
namespace {

constexpr std::uint64_t mb = std::uint64_t{1} << 20U;

/// WAL files of 16 MB and a reserve of 48.
WalRoom room(std::uint64_t available, std::optional<std::uint64_t> reserve) {
  return {.available = available * mb,
          .size = 1024 * mb,
          .segment = 16 * mb,
          .wanted = 48 * mb,
          .reserve = reserve ? std::optional(*reserve * mb) : std::nullopt};
}

const Member other{.pod = {"pg-2"}, .data = {12}};

/// pg-1 took over, is open on timeline 4, and pg-2 streams from it and is listed.
Standby primary() {
  Standby pod = opened({other});
  pod.at(10900ms).decides();
  pod.at(11000ms).ends(3, Outcome::done).decides();
  return pod;
}

void ends(Standby& pod, directory::State says) {
  pod.facts().server = {.state = core::server::Ended{}};
  pod.facts().standbys.clear();
  std::get<directory::Cluster>(pod.facts().volume.content).control.state = says;
}

TEST(VolumeFullElected, APrimaryGivesUpItsReserveAndHandsOverAtOnce) {
  // given
  Standby pod = primary();
  pod.facts().wal_room = room(16, 48);
  EXPECT_EQ(pod.at(11100ms).decides(), Reason::serving);
  // when
  pod.facts().wal_room = room(15, 48);
  EXPECT_EQ(pod.at(11200ms).decides(), Reason::volume_full_stops);
  // then
  EXPECT_NE(pod.deed<core::action::ReleaseReserve>(), nullptr);
  const auto* stop = pod.deed<action::StopServer>();
  ASSERT_NE(stop, nullptr);
  EXPECT_EQ(stop->how, core::action::Shutdown::fast);
  EXPECT_EQ(pod.deed<action::WriteLease>(), nullptr) << "R12: nothing is released before the stop";
  // when
  ends(pod, directory::State::shut_down);
  pod.facts().wal_room = room(60, 0);
  pod.at(11500ms).decides();
  pod.at(11600ms).decides();
  // then
  const auto* release = pod.deed<action::WriteLease>();
  ASSERT_NE(release, nullptr);
  EXPECT_FALSE(release->record.holder);
  EXPECT_EQ(release->record.successor, other.pod);
}

TEST(VolumeFullElected, ItStartsNoServerAndTakesNothingBackBeforeThereIsRoom) {
  // given: it released, and the successor has no room either
  Standby pod = primary();
  pod.facts().wal_room = room(15, 48);
  pod.at(11200ms).decides();
  ends(pod, directory::State::shut_down);
  pod.facts().wal_room = room(60, 0);
  pod.at(11500ms).decides();
  pod.at(11600ms).decides();
  const auto* release = pod.deed<action::WriteLease>();
  ASSERT_NE(release, nullptr);
  const Record record = release->record;
  pod.at(11700ms).ends(record.write.number, Outcome::done).sees(record, "v9").decides();
  // when, then
  for (const Duration when : {13s, 20s, 30s, 60s}) {
    EXPECT_EQ(pod.at(when).decides(), Reason::volume_full_waits);
    EXPECT_EQ(pod.deed<action::StartStandby>(), nullptr);
    EXPECT_EQ(pod.deed<action::WriteLease>(), nullptr);
    EXPECT_LE(pod.wake(), Instant{1000s + when + 2s}) << "it looks again";
  }
  // when
  pod.facts().wal_room = room(80, 0);
  pod.at(70s).decides();
  // then
  EXPECT_NE(pod.deed<action::StartStandby>(), nullptr);
}

TEST(VolumeFullElected, OneThatPanickedRestartsInPlaceOnTheReserveAndHandsOverThen) {
  // given
  Standby pod = primary();
  ends(pod, directory::State::in_production);
  pod.facts().wal_room = room(9, 48);
  // when
  pod.at(11200ms).decides();
  // then
  EXPECT_NE(pod.deed<core::action::ReleaseReserve>(), nullptr);
  // when
  pod.facts().wal_room = room(57, 0);
  pod.at(11300ms).decides();
  EXPECT_NE(pod.deed<action::StartPrimary>(), nullptr);
  pod.facts().server = {
      .state =
          core::server::Running{.role = Role::primary, .phase = ServerPhase::ready, .since = {}},
      .answers = true};
  pod.at(11400ms).decides();
  // then
  EXPECT_EQ(pod.at(11400ms).decides(), Reason::volume_full_stops);
}

TEST(VolumeFullElected, AStandbyWithoutRoomRunsOnAndDoesNotTakeOver) {
  // given
  Standby pod;
  pod.facts().wal_room = room(15, std::nullopt);
  pod.at(0s).sees(held()).decides();
  EXPECT_EQ(pod.at(1s).decides(), Reason::following);
  EXPECT_EQ(pod.deed<action::StopServer>(), nullptr);
  // when: it is the successor
  pod.sees(released(5000), "v2").at(2s).decides();
  // then
  EXPECT_EQ(pod.deed<action::WriteLease>(), nullptr);
  // and says so to those who ask
  pod.asked(question::Where{}).at(3s).decides();
  const auto* answer = pod.deed<action::Answer>();
  ASSERT_NE(answer, nullptr);
  EXPECT_FALSE(std::get<answer::Here>(answer->answer).able);
}

TEST(VolumeFullElected, TheReserveIsMadeByThePrimaryWhereThereIsPlentyOfRoom) {
  // given
  Standby pod = primary();
  pod.facts().wal_room = room(500, std::nullopt);
  // when, then
  pod.at(11100ms).decides();
  EXPECT_NE(pod.deed<core::action::MakeReserve>(), nullptr);
  pod.at(11200ms).decides();
  EXPECT_EQ(pod.deed<core::action::MakeReserve>(), nullptr) << "it is being made";
}

}  // namespace
}  // namespace core::elected::scenarios
