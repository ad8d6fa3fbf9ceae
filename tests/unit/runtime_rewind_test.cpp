#include "postgres/bootstrap_marker.hpp"
#include "postgres/control_file.hpp"
#include "postgres/rewind_files.hpp"
#include "rewind_fixture.hpp"

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using core::elected::DataId;

TEST(RewindFiles, TheForkIsReadFromWhatPgRewindSays) {
  EXPECT_EQ(postgres::parse_divergence(
                "pg_rewind: servers diverged at WAL location 1/3000148 on timeline 2"),
            (postgres::Divergence{.timeline = {2}, .at = {0x1'03000148}}));
  EXPECT_EQ(postgres::parse_divergence("pg_rewind: servers diverged at WAL location x"),
            std::nullopt);
}

TEST(RewindFiles, R34OnlySegmentsFromTheForkToTheEndAreKept) {
  constexpr std::uint64_t size = std::uint64_t{16} << 20U;
  EXPECT_THAT(postgres::segments_past({"000000010000000000000002", "000000010000000000000003",
                                       "000000010000000000000004", "000000010000000000000005",
                                       "000000020000000000000003", "00000002.history"},
                                      {.timeline = {1}, .at = {0x3000148}}, {0x4000010}, size),
              testing::ElementsAre("000000010000000000000003", "000000010000000000000004",
                                   "000000020000000000000003"));
}

TEST_P(Rewind, R4R34ADivergedPrimaryStreamsAgainAndIsAnotherCopy) {
  ASSERT_TRUE(rewind(directory->inside())) << said("a");

  const auto member = postgres::member_of(outside("a"), {"db-1"}).value();
  EXPECT_NE(member.data.value_or(DataId{7}), DataId{7});
  EXPECT_NE(member.data, DataId{8});
  EXPECT_EQ(member.transitions, 3U);
  EXPECT_FALSE(fs::exists(outside("a") / "pgordinal.bootstrap"));
  EXPECT_FALSE(fs::exists(outside("a") / "pgordinal.staging"));
  EXPECT_FALSE(fs::is_empty(outside("a") / "pgordinal.given-up"));
  EXPECT_TRUE(fs::exists(outside("a") / "standby.signal"));
  start("a", "b");
  expect_streaming("a");
}

TEST_P(Rewind, S7ARewindThatPostgreSQLRefusesChangesNothing) {
  // given: pg_rewind wants checksums or hint bits in WAL; this one was written without
  start("a");
  stop("a");
  const auto reset = real::run(GetParam(), {"pg_resetwal", "-f", inside("a")});
  ASSERT_EQ(reset.status, 0) << reset.output;
  // when
  ASSERT_FALSE(rewind(directory->inside()));
  // then
  EXPECT_THAT(said("a"), testing::HasSubstr("cannot rewind: pg_rewind"));
  EXPECT_TRUE(std::holds_alternative<core::directory::Cluster>(postgres::inspect(outside("a"))));
  EXPECT_FALSE(fs::exists(outside("a") / "pgordinal.bootstrap"));
}

TEST_P(Rewind, S7AnUnreachableSourceLeavesAllAsItWas) {
  ASSERT_FALSE(rewind("/nonexistent"));

  EXPECT_THAT(said("a"), testing::HasSubstr("cannot rewind: pg_rewind ended with"));
  EXPECT_TRUE(std::holds_alternative<core::directory::Cluster>(postgres::inspect(outside("a"))));
  EXPECT_EQ(postgres::member_of(outside("a"), {"db-1"})->data, DataId{7});
  start("a");
  EXPECT_EQ(asked("a", "SELECT x FROM t"), "given up");
}

TEST_P(Rewind, S7AStagedClusterIsUnfinishedAndCanBeDiscarded) {
  const auto id = postgres::read_control_file(outside("a"))->system_id;
  ASSERT_TRUE(postgres::write_marker(outside("a"), {.kind = core::directory::Bootstrap::rewind,
                                                    .phase = postgres::Phase::init,
                                                    .major = "15",
                                                    .system_id = id}));
  const auto unfinished = [&] {
    return std::holds_alternative<core::directory::Unfinished>(postgres::inspect(outside("a")));
  };
  EXPECT_TRUE(unfinished()) << "killed before the first entry moved";
  ASSERT_TRUE(postgres::stage_cluster(outside("a")));
  EXPECT_TRUE(unfinished());
  ASSERT_TRUE(postgres::discard(outside("a")));
  EXPECT_TRUE(std::holds_alternative<core::directory::Empty>(postgres::inspect(outside("a"))));
  EXPECT_EQ(postgres::member_of(outside("a"), {"db-1"})->transitions, 3U);
}

INSTANTIATE_TEST_SUITE_P(Real, Rewind, testing::ValuesIn(real::installations()),
                         testing::PrintToStringParamName());
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Rewind);

}  // namespace
