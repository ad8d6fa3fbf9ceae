#include "core/rejoin_choice.hpp"
#include "postgres/control_file.hpp"
#include "postgres/rejoin_queries.hpp"
#include "postgres/timelines.hpp"
#include "postgres/wal_on_disk.hpp"
#include "rewind_fixture.hpp"

// Rows of the divergence table (tests/integration/README.md) on real PostgreSQL: two copies of one
// cluster went their ways; what does the one that is no primary do, for which reason, and how does
// it end?
namespace {

using core::rejoin::Choice;
using core::rejoin::Facts;
using core::rejoin::Reason;
using core::rejoin::Way;
namespace fs = std::filesystem;

class Divergence : public UnderTest {
 protected:
  /// `a` is the primary, `b` and `c` stream from it.
  void SetUp() override {
    UnderTest::SetUp();
    for (const char* standby : {"b", "c"})
      ASSERT_NO_FATAL_FAILURE(make_standby("a", standby));
  }
  void write(const std::string& member, const std::string& what) {
    run(member, "INSERT INTO t VALUES ('" + what + "')");
  }
  void promote(const std::string& member) {
    run(member, "SELECT pg_promote(true, 20)");
    run(member, "CHECKPOINT");
  }
  void wait_for(const std::string& member, const std::string& rows) {
    ASSERT_TRUE(until([&] { return contents(member) == rows; })) << contents(member);
  }
  std::string contents(const std::string& member) {
    return asked(member, "SELECT string_agg(x, ',' ORDER BY x) FROM t");
  }
  /// As runtime::rejoin_facts: our copy by its files (its server is stopped), the primary by SQL.
  Facts facts(const std::string& own, const std::string& primary,
              std::optional<core::Timeline> recorded) {
    const auto control = postgres::read_control_file(outside(own)).value();
    const auto disk = postgres::read_wal_on_disk(outside(own), control).value();
    const auto timeline = static_cast<std::uint32_t>(std::stoul(
        asked(primary, "SELECT substr(pg_walfile_name(pg_current_wal_flush_lsn()), 1, 8)"), nullptr,
        16));
    auto session = await(postgres::Session::connect(login(primary), std::chrono::seconds(20)));
    const auto table = await(
        session->run(postgres::primary_wal_query("own", {timeline}), std::chrono::seconds(20)));
    const auto wal = postgres::parse_primary_wal(*table, {timeline}).value();
    return {
        .own = Way{.major = {},
                   .system_id = control.system_id,
                   .timeline = disk.timeline,
                   .flushed = std::max(control.checkpoint, control.min_recovery),
                   .history = postgres::read_history(outside(own), disk.timeline).value()},
        .primary =
            Way{.major = {},
                .system_id = postgres::read_control_file(outside(primary))->system_id,
                .timeline = {timeline},
                .flushed = *core::parse_lsn(asked(primary, "SELECT pg_current_wal_flush_lsn()")),
                .history = wal.history},
        .wal =
            core::rejoin::Wal{
                .needs = disk.needs, .oldest = wal.oldest, .slot_lost = wal.slot_lost},
        .recorded = recorded};
  }
  void expect_choice(const Facts& of, Choice choice, Reason reason) {
    const auto chosen = core::rejoin::choose(of);
    const std::string said = core::rejoin::to_text({.facts = of, .chosen = chosen});
    std::cout << said << "\n";
    EXPECT_EQ(chosen.choice, choice) << said;
    EXPECT_EQ(chosen.reason, reason) << said;
  }
  Deed rewinding_from(const std::string& primary) {
    const postgres::Upstream source{.address = directory->inside(), .port = port(primary)};
    return [source](runtime::LongRun& run, const runtime::Context& context) {
      return runtime::rewind(run, context, source, 0);
    };
  }
  void expect_end(const std::string& member, const std::string& primary) {
    start(member, primary);
    ASSERT_TRUE(until([&] {
      return asked(member, "SELECT status FROM pg_stat_wal_receiver") == "streaming";
    })) << log(member);
    wait_for(member, contents(primary));
  }
  void clone_anew(const std::string& member, const std::string& primary) {
    fs::remove_all(outside(member));
    clone(primary, member);
  }
};

TEST_P(Divergence, AnOldPrimaryWithExtraCommitsIsRewound) {
  promote("b");
  write("a", "extra");
  write("b", "kept");
  stop("a");
  expect_choice(facts("a", "b", core::Timeline{2}), Choice::rewind, Reason::diverged);
  ASSERT_TRUE(lives("a", rewinding_from("b"))) << said("a");
  expect_end("a", "b");
}

TEST_P(Divergence, S5AStandbyAheadOfTheNewPrimaryIsKept) {
  // given: the primary comes back with what it had before, and goes on with that
  crash("c");
  run("a", "CREATE TABLE bulk AS SELECT generate_series(1, 20000)");
  write("a", "newest");
  wait_for("b", "newest");
  stop("a");
  stop("b");
  as_server([&] { ASSERT_TRUE(postgres::set_standby_signal(outside("c"), false)); });
  start("c");
  expect_choice(facts("b", "c", {}), Choice::wait, Reason::ahead_of_primary);
  expect_choice(facts("b", "c", core::Timeline{1}), Choice::wait, Reason::ahead_of_primary);
  start("b", "c");
  EXPECT_EQ(contents("b"), "newest");
}

TEST_P(Divergence, OfTwoForksFromOneTimelineTheRecordedOneStands) {
  promote("b");
  write("b", "given up");
  stop("b");
  write("a", "later");
  wait_for("c", "later");
  // R29: a number is never used twice
  as_server([&] { ASSERT_TRUE(postgres::reserve(outside("c"), {1}, {3})); });
  promote("c");
  write("c", "kept");
  expect_choice(facts("b", "c", {}), Choice::wait, Reason::not_given_up);
  expect_choice(facts("b", "c", core::Timeline{3}), Choice::rewind, Reason::diverged);
  ASSERT_TRUE(lives("b", rewinding_from("c"))) << said("b");
  expect_end("b", "c");
}

TEST_P(Divergence, TheSameTimelineNumberWithAnotherHistoryIsClonedAndNeverRewound) {
  promote("b");
  write("b", "given up");
  stop("b");
  write("a", "later");
  wait_for("c", "later");
  promote("c");
  write("c", "kept");
  expect_choice(facts("b", "c", {}), Choice::wait, Reason::not_given_up);
  expect_choice(facts("b", "c", core::Timeline{2}), Choice::clone,
                Reason::same_timeline_other_history);
  // pg_rewind would find nothing to do, and the copy would keep what no primary has
  ASSERT_FALSE(lives("b", rewinding_from("c")));
  EXPECT_THAT(said("b"), testing::HasSubstr("pg_rewind finds no difference"));
  clone_anew("b", "c");
  expect_end("b", "c");
}

TEST_P(Divergence, AMissingHistoryFileOfOursLeadsToAClone) {
  promote("b");
  write("b", "given up");
  stop("b");
  fs::remove(outside("b") / "pg_wal" / "00000002.history");
  write("a", "later");
  wait_for("c", "later");
  as_server([&] { ASSERT_TRUE(postgres::reserve(outside("c"), {1}, {3})); });
  promote("c");
  expect_choice(facts("b", "c", core::Timeline{3}), Choice::clone, Reason::own_history_missing);
  clone_anew("b", "c");
  expect_end("b", "c");
}

TEST_P(Divergence, AMissingHistoryFileOfThePrimarysIsWaitedFor) {
  promote("b");
  stop("a");
  const auto file = outside("b") / "pg_wal" / "00000002.history";
  const auto kept = directory->outside() / "kept.history";
  fs::rename(file, kept);
  expect_choice(facts("a", "b", core::Timeline{2}), Choice::wait, Reason::primary_history_missing);
  fs::rename(kept, file);
  EXPECT_NE(core::rejoin::choose(facts("a", "b", core::Timeline{2})).choice, Choice::wait);
}

INSTANTIATE_TEST_SUITE_P(Real, Divergence, testing::ValuesIn(real::installations()),
                         testing::PrintToStringParamName());
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Divergence);

}  // namespace
