#include <fstream>

#include "postgres/control_file.hpp"
#include "postgres/wal_on_disk.hpp"
#include "postgres_cluster.hpp"

// Where a standby's WAL ends, by its files, is where its server says.
namespace {

constexpr std::uint64_t segment = std::uint64_t{1} << 20U;  // RealCluster's

class WalOnDisk : public RealCluster {
 protected:
  void SetUp() override {
    RealCluster::SetUp();
    ASSERT_NO_FATAL_FAILURE(make_standby("a", "b"));
    // Less than a restart point's distance: the latest checkpoint stays where it is.
    for (int number = 0; number < 3; ++number)
      run("a", "INSERT INTO t SELECT repeat('x', 500) FROM generate_series(1, 1500)");
    flushed = *core::parse_lsn(asked("a", "SELECT pg_current_wal_flush_lsn()"));
    ASSERT_TRUE(until(
        [&] { return core::parse_lsn(asked("b", "SELECT pg_last_wal_replay_lsn()")) >= flushed; }));
  }
  postgres::WalOnDisk found() {
    const auto control = postgres::read_control_file(outside("b"));
    EXPECT_TRUE(control) << control.error();
    const auto wal = postgres::read_wal_on_disk(outside("b"), *control);
    EXPECT_TRUE(wal) << wal.error().what;
    return wal.value_or(postgres::WalOnDisk{});
  }

  core::Lsn flushed;
};

TEST_P(WalOnDisk, EndsOnThePageWhereTheServerSays) {
  for (const bool running : {true, false}) {
    if (!running) stop("b");
    const auto wal = found();
    EXPECT_EQ(wal.timeline, core::Timeline{1});
    EXPECT_GT(wal.end, wal.last_page);
    EXPECT_LE(wal.last_page, flushed);
    EXPECT_GE(wal.end, flushed);
    EXPECT_EQ(wal.needs, core::Lsn{flushed.bytes - flushed.bytes % segment});
  }
}

TEST_P(WalOnDisk, AFileThatIsMissingIsWhatItNeedsAndWhatIsBehindItCounts) {
  stop("b");
  const core::Lsn missing{flushed.bytes - flushed.bytes % segment - segment};
  const auto name =
      asked("a", "SELECT pg_walfile_name('" + core::to_text(core::Lsn{missing.bytes + 1}) + "')");
  ASSERT_TRUE(std::filesystem::remove(outside("b") / "pg_wal" / name)) << name;
  // Of full files; where the one before it was cut short it might be that one's rest.
  EXPECT_EQ(found().needs, missing);
  EXPECT_GE(found().end, flushed);
  // and its server does not get consistent without it
  launch("b", "b");
  ASSERT_TRUE(until([&] { return log("b").find("redo starts") != std::string::npos; })) << log("b");
  EXPECT_NE(asked("b", "SELECT 1"), "1");
}

TEST_P(WalOnDisk, ATimelineThatBeganHereCounts) {
  run("b", "SELECT pg_promote(true, 20)");
  run("b", "INSERT INTO t VALUES ('more')");
  stop("b");
  EXPECT_EQ(found().timeline, core::Timeline{2});
}

INSTANTIATE_TEST_SUITE_P(Real, WalOnDisk, testing::ValuesIn(real::installations()),
                         testing::PrintToStringParamName());
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(WalOnDisk);

}  // namespace
