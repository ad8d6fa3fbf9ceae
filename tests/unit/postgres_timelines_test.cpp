#include <filesystem>

#include "postgres/files.hpp"
#include "postgres/timelines.hpp"
#include "runtime_fixture.hpp"

namespace {

namespace fs = std::filesystem;
using core::Timeline;
using core::elected::Fork;
using History = std::vector<Fork>;

std::string flaw(std::string_view text, std::uint32_t of = 9) {
  const auto history = postgres::parse_history(text, {of});
  return history ? "none" : history.error();
}

TEST(TimelineHistory, IsReadAsPostgresqlReadsIt) {
  const auto history = postgres::parse_history(
      "# a comment\n1\t0/3000148\tno recovery target specified\n\n"
      "  2 16/B374D848 before 2026-11-28 02:00:00+00\n5\t17/0\r\n7\t1A/2",
      {9});
  ASSERT_TRUE(history) << history.error();
  EXPECT_EQ(*history, (History{{{1}, {0x3000148}},
                               {{2}, {0x16'B374D848}},
                               {{5}, {0x17'00000000}},
                               {{7}, {0x1A'00000002}}}));
  EXPECT_EQ(postgres::parse_history("", {1}).value(), History{});
}

TEST(TimelineHistory, R29AReservedTimelineIsNoAncestor) {
  EXPECT_EQ(postgres::parse_history("1\t0/0\treserved\n", {2}).value(), History{});
  EXPECT_EQ(postgres::parse_history("1\t0/A\tx\n2\t0/0\treserved\n", {3}).value(),
            (History{{{1}, {10}}}));
}

TEST(TimelineHistory, WhatPostgresqlRefusesIsRefused) {
  EXPECT_THAT(flaw("x\t0/1\n"), testing::HasSubstr("`x\t0/1`"));
  EXPECT_THAT(flaw("1\n"), testing::HasSubstr("`1`"));
  EXPECT_THAT(flaw("1\t0-1\n"), testing::HasSubstr("0-1"));
  EXPECT_THAT(flaw("-1\t0/1\n"), testing::HasSubstr("-1"));
  EXPECT_THAT(flaw("2\t0/1\n2\t0/2\n"), testing::HasSubstr("ascending"));
  EXPECT_THAT(flaw("3\t0/1\n2\t0/2\n"), testing::HasSubstr("ascending"));
  EXPECT_THAT(flaw("0\t0/1\n"), testing::HasSubstr("ascending"));
  EXPECT_THAT(flaw("9\t0/1\n"), testing::HasSubstr("not below its own"));
  EXPECT_THAT(flaw("9\t0/0\treserved\n"), testing::HasSubstr("not below its own"));
}

class Timelines : public testing::Test {
 protected:
  void SetUp() override { fs::create_directory(scratch.path() / "pg_wal"); }
  void put(std::string_view name, std::string_view text) const {
    scratch.file("pg_wal/" + std::string(name), text);
  }
  [[nodiscard]] std::string text(std::string_view name) const {
    return scratch.text("pg_wal/" + std::string(name));
  }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(scratch.path() / "pg_wal"), {}));
  }
  [[nodiscard]] Timeline highest() const {
    return postgres::highest_history(scratch.path()).value();
  }
  /// The first Problem, or nothing.
  static std::string problem(const std::expected<void, postgres::Problem>& done) {
    return done ? "" : done.error().what;
  }

  runtime_test::Scratch scratch;
};

TEST_F(Timelines, TheHistoryOfATimelineIsInItsFile) {
  EXPECT_EQ(postgres::read_history(scratch.path(), {1}).value(), History{});
  put("0000001F.history", "1\t0/A\tx\n");
  EXPECT_EQ(postgres::read_history(scratch.path(), {31}).value(), (History{{{1}, {10}}}));
  put("0000001F.history", "garbage\n");
  const auto refused = postgres::read_history(scratch.path(), {31});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what,
              testing::AllOf(testing::HasSubstr("pg_wal/0000001F.history is not a timeline"),
                             testing::HasSubstr("`garbage`")));
  fs::remove_all(scratch.path() / "pg_wal");
  EXPECT_FALSE(postgres::highest_history(scratch.path()));
}

TEST_F(Timelines, TheHighestNumberCountsReservedOnesAndNothingElse) {
  EXPECT_EQ(highest(), Timeline{1});
  put("000000FF00000000000000FF", "a segment");
  put("000000FF.history.tmp", "");
  put("0000000G.history", "");
  put("0000000A.history", "1\t0/A\n");
  EXPECT_EQ(highest(), Timeline{10});
  ASSERT_TRUE(postgres::reserve(scratch.path(), {10}, {0x101}));
  EXPECT_EQ(highest(), Timeline{0x100});
}

TEST_F(Timelines, R29EachNumberBelowTheWantedOneGetsAFile) {
  EXPECT_EQ(problem(postgres::reserve(scratch.path(), {1}, {2})), "");
  EXPECT_EQ(files(), 0U) << "nothing lies between";
  put("00000003.history", "1\t0/A\tof a taker that died\n");
  EXPECT_EQ(problem(postgres::reserve(scratch.path(), {1}, {5})), "");
  EXPECT_EQ(files(), 3U);
  EXPECT_EQ(text("00000002.history"), "1\t0/0\treserved\n");
  EXPECT_EQ(text("00000003.history"), "1\t0/A\tof a taker that died\n");
  EXPECT_EQ(text("00000004.history"), "1\t0/0\treserved\n");
}

TEST_F(Timelines, R29ANumberThatIsTakenIsRefused) {
  put("00000003.history", "1\t0/A\tx\n");
  EXPECT_THAT(problem(postgres::reserve(scratch.path(), {1}, {3})),
              testing::AllOf(testing::HasSubstr("timeline 3"),
                             testing::HasSubstr("00000003.history is there already")));
  EXPECT_THAT(problem(postgres::reserve(scratch.path(), {1}, {4'000'000'000})),
              testing::HasSubstr("from timeline 1 to 4000000000"));
  EXPECT_EQ(files(), 1U) << "and nothing was reserved";
}

TEST_F(Timelines, WhatAPromotionThatDidNotHappenReservedIsDropped) {
  put("00000003.history", "1\t0/A\tx\n");
  ASSERT_TRUE(postgres::reserve(scratch.path(), {3}, {6}));
  EXPECT_EQ(files(), 3U);
  EXPECT_EQ(problem(postgres::drop_reserved(scratch.path(), {3})), "");
  EXPECT_EQ(highest(), Timeline{3});
}

TEST_F(Timelines, AReservedNumberThatATimelineBeganBehindStays) {
  ASSERT_TRUE(postgres::reserve(scratch.path(), {1}, {4}));
  put("00000004.history", "1\t0/A\tx\n");
  ASSERT_TRUE(postgres::reserve(scratch.path(), {4}, {6}));
  EXPECT_EQ(problem(postgres::drop_reserved(scratch.path(), {1})), "");
  EXPECT_EQ(highest(), Timeline{4}) << "5 is gone";
  EXPECT_EQ(files(), 3U);
}

}  // namespace
