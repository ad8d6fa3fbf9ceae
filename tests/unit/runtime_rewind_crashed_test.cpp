#include "postgres/control_file.hpp"
#include "rewind_fixture.hpp"

// pg_rewind wants a cluster that was shut down: what was not is recovered first, beside nobody.
namespace {

using core::directory::State;

class CrashedRewind : public Rewind {
 protected:
  /// The node goes, with commits since the last checkpoint; the next start of the pod writes
  /// standby.signal before anything else (S2).
  void end_of_a() override {
    run("a", "INSERT INTO t SELECT repeat('given up', 100) FROM generate_series(1, 2000)");
    servers.at("a")->kill();
    as_server([&] { ASSERT_TRUE(postgres::set_standby_signal(outside("a"), true)); });
  }
  State state() {
    const auto control = postgres::read_control_file(outside("a"));
    return control ? control->state : State::starting_up;
  }
};

TEST_P(CrashedRewind, R34AnOldPrimaryThatWasKilledIsRecoveredAndRewound) {
  ASSERT_EQ(state(), State::in_production);

  ASSERT_TRUE(rewind(directory->inside())) << said("a");

  EXPECT_THAT(said("a"), testing::AllOf(testing::HasSubstr("rewind_recovers"),
                                        testing::HasSubstr("rewind_done")));
  EXPECT_TRUE(std::filesystem::exists(outside("a") / "standby.signal"));
  start("a", "b");
  expect_streaming("a");
}

TEST_P(CrashedRewind, AStandbyThatWasKilledAfterItHadReplayedIsRecoveredAndRewound) {
  // given: the way of a pod: it ran as a standby of the new primary, which refused its stream
  start("a", "b");
  ASSERT_TRUE(until([&] {
    return log("a").find("before current recovery point") != std::string::npos;
  })) << log("a");
  servers.at("a")->kill();
  ASSERT_EQ(state(), State::in_archive_recovery);
  // when
  ASSERT_TRUE(rewind(directory->inside())) << said("a");
  // then
  start("a", "b");
  expect_streaming("a");
}

TEST_P(CrashedRewind, S7APidFileThatNamesAnotherProcessByNowDoesNotStopIt) {
  // given: as in a container that was started again, where numbers begin anew
  const auto file = outside("a") / "postmaster.pid";
  std::string text = *postgres::read_file(file).value();
  text.replace(0, text.find('\n'), std::to_string(getpid()));
  std::ofstream(file) << text;
  // when, then
  EXPECT_TRUE(rewind(directory->inside())) << said("a");
}

TEST_P(CrashedRewind, S7ARecoveryThatFailsLeavesAStandby) {
  // given: the WAL that it needs is gone
  std::filesystem::remove_all(outside("a") / "pg_wal");
  std::filesystem::create_directory(outside("a") / "pg_wal");
  real::give(GetParam(), outside("a"));
  // when
  ASSERT_FALSE(rewind(directory->inside()));
  // then
  EXPECT_THAT(said("a"), testing::HasSubstr("cannot rewind: crash recovery ended with"));
  EXPECT_TRUE(std::filesystem::exists(outside("a") / "standby.signal"));
  EXPECT_FALSE(std::filesystem::exists(outside("a") / "pgordinal.bootstrap"));
  EXPECT_EQ(state(), State::in_production);
}

INSTANTIATE_TEST_SUITE_P(Real, CrashedRewind, testing::ValuesIn(real::installations()),
                         testing::PrintToStringParamName());
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CrashedRewind);

}  // namespace
