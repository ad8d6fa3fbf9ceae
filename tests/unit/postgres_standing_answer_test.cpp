#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "postgres/standing.hpp"

namespace {

using namespace std::chrono_literals;
using core::Lsn;
using core::Timeline;
using postgres::Row;
using postgres::Standing;

const std::vector<std::string> columns(18, "c");

Row primary_row() {
  Row row(18);
  row[0] = "f";
  row[4] = "t";
  row[1] = "0000000A0000000000000003";
  row[2] = "0/3000060";
  return row;
}
Row standby_row() {
  Row row(18);
  row[0] = "t";
  row[4] = "t";
  row[2] = "0/4000000";
  row[3] = "2";
  return row;
}
Standing parsed(std::vector<Row> rows, Timeline known = {1}) {
  const auto standing = postgres::parse_standing({columns, std::move(rows)}, known);
  EXPECT_TRUE(standing) << standing.error();
  return standing.value_or(Standing{});
}

TEST(Standing, APrimarysTimelineIsInItsWalFilesName) {
  Row first = primary_row();
  first[8] = "42";
  first[9] = "db-1";
  first[10] = "10.0.0.2";
  first[11] = "streaming";
  first[12] = "0/3000000";
  first[15] = "250000";
  first[17] = "db_1:true:0/2000000 db_2:false:";
  Row second = primary_row();
  second[8] = "43";
  second[9] = "db-2 clone";
  second[11] = "backup";
  EXPECT_EQ(
      parsed({first, second}),
      (Standing{.in_recovery = false,
                .timeline = {10},
                .flushed = {0x3000060},
                .replayed = true,
                .streams = false,
                .upstream_host = std::nullopt,
                .senders = {{{"db-1"}, 42, "10.0.0.2", true, {0x3000000}, 250ms},
                            {.pod = {"db-2 clone"}, .pid = 43, .client_addr = "", .flushed = {}}},
                .slots = {{.name = "db_1", .active = true, .keeps_from = {{0x2000000}}},
                          {.name = "db_2"}}}));
}

TEST(Standing, AStandbysTimelineIsItsReceiversOrTheHighestThatIsKnown) {
  Row row = standby_row();
  EXPECT_EQ(parsed({row}).timeline, Timeline{2});
  EXPECT_EQ(parsed({row}, {3}).timeline, Timeline{3});
  row[5] = "streaming";
  row[6] = "5";
  row[7] = "db-0.pgnodes";
  EXPECT_EQ(parsed({row}, {6}), (Standing{.in_recovery = true,
                                          .timeline = {5},
                                          .flushed = {0x4000000},
                                          .replayed = true,
                                          .streams = true,
                                          .upstream_host = "db-0.pgnodes",
                                          .senders = {}}));
  row[5] = "waiting";
  EXPECT_FALSE(parsed({row}).streams);
  row[13] = "0/4000100";
  row[14] = "0/4000000";
  EXPECT_EQ(parsed({row}).replay_lag, 0x100U);
  row[14] = "0/4000200";
  EXPECT_EQ(parsed({row}).replay_lag, 0U);
  row[16] = "1500000";
  EXPECT_EQ(parsed({row}).replay_age, 1500ms);
  row[16] = "-500000";  // the primary's clock is ahead
  EXPECT_EQ(parsed({row}).replay_age, 0ms);
  row[16] = "x";
  EXPECT_EQ(parsed({row}).replay_age, std::nullopt);
  row[13].reset();
  EXPECT_EQ(parsed({row}).replay_lag, std::nullopt);
  row[2].reset();
  EXPECT_EQ(parsed({row}).flushed, Lsn{});
}

TEST(Standing, AnAnswerThatCannotBeIsAnError) {
  EXPECT_FALSE(postgres::parse_standing({columns, {}}, {1}));
  EXPECT_FALSE(postgres::parse_standing({{"c"}, {{"t"}}}, {1}));
  for (const std::size_t column : {0U, 1U, 2U, 4U}) {
    Row row = primary_row();
    row[column] = "x";
    EXPECT_FALSE(postgres::parse_standing({columns, {row}}, {1})) << column;
    row[column].reset();
    EXPECT_FALSE(postgres::parse_standing({columns, {row}}, {1})) << column;
  }
  Row row = standby_row();
  row[3] = "-1";
  const auto refused = postgres::parse_standing({columns, {row}}, {1});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error(), testing::HasSubstr("column 3 is \"-1\""));
  row = primary_row();
  row[8] = "43";
  row[12] = "0";
  EXPECT_FALSE(postgres::parse_standing({columns, {row}}, {1}));
  for (const auto* slots : {"a", "a:true", "a:true:0"}) {
    row = primary_row();
    row[17] = slots;
    EXPECT_FALSE(postgres::parse_standing({columns, {row}}, {1})) << slots;
  }
}

}  // namespace
