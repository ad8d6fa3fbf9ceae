#include "postgres/rejoin_queries.hpp"
#include "postgres_cluster.hpp"

namespace {

using namespace std::chrono_literals;

TEST(RejoinQueries, ThePrimarysOldestWalIsWhereItsFirstSegmentBegins) {
  const std::vector<std::string> columns(5, "c");
  const auto wal = postgres::parse_primary_wal(
      {columns, {{"00000001000000A3", "16777216", "t", "f", "1\t0/3000148\tno recovery target\n"}}},
      {2});
  ASSERT_TRUE(wal) << wal.error();
  EXPECT_EQ(wal->oldest, core::Lsn{0x1'A3000000});
  EXPECT_TRUE(wal->slot_lost);
  EXPECT_FALSE(wal->slot_active);
  EXPECT_EQ(wal->history, (std::vector{core::Fork{.timeline = {1}, .at = {0x3000148}}}));
}

TEST(RejoinQueries, APrimaryThatDoesNotLetUsLookIsNotKnown) {
  const std::vector<std::string> columns(5, "c");
  const auto wal = postgres::parse_primary_wal(
      {columns, {{std::nullopt, "16777216", "f", "t", std::nullopt}}}, {1});
  ASSERT_TRUE(wal) << wal.error();
  EXPECT_EQ(wal->oldest, std::nullopt);
  EXPECT_TRUE(wal->slot_active);
  EXPECT_FALSE(postgres::parse_primary_wal({columns, {{"0", "16777216", "f", "f", ""}}}, {1}));
}

class RejoinQueriesReal : public RealCluster {
 protected:
  postgres::OwnStream own() {
    auto session = await(postgres::Session::connect(login("b"), 20s));
    const auto table = await(session->run(postgres::own_stream_query(), 20s));
    EXPECT_TRUE(table) << table.error().message;
    const auto parsed = postgres::parse_own_stream(*table);
    EXPECT_TRUE(parsed) << parsed.error();
    return parsed.value_or(postgres::OwnStream{});
  }
};

TEST_P(RejoinQueriesReal, AStandbyStarvesOnlyWhereItGetsNothingMore) {
  // given
  clone("a", "b");
  start("b", "a");
  ASSERT_TRUE(until([&] { return own().streams; })) << log("b");
  EXPECT_FALSE(own().starves);
  const auto oldest = [&] {
    auto session = await(postgres::Session::connect(login("a"), 20s));
    const auto table = await(session->run(postgres::primary_wal_query("db_1", {1}), 20s));
    return postgres::parse_primary_wal(*table, {1}).value().oldest.value();
  };
  EXPECT_LE(oldest(), own().replayed);
  // when
  crash("a");
  // then
  EXPECT_TRUE(until([&] { return own().starves; })) << log("b");
  EXPECT_FALSE(own().streams);
  EXPECT_EQ(own().timeline, core::Timeline{1});
}

INSTANTIATE_TEST_SUITE_P(Every, RejoinQueriesReal, testing::ValuesIn(real::installations()),
                         testing::PrintToStringParamName());
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RejoinQueriesReal);

}  // namespace
