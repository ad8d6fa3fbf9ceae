#include "postgres/standing.hpp"
#include "postgres/timelines.hpp"
#include "postgres_cluster.hpp"

namespace {

using namespace std::chrono_literals;
using core::Lsn;
using core::Timeline;
using postgres::Standing;

constexpr auto enough = 20s;
class RealStanding : public RealCluster {
 protected:
  postgres::StandingPoll& poll(const std::string& member) {
    return polls
        .try_emplace(member,
                     [this, member](core::Duration limit) {
                       return postgres::Session::connect(login(member), limit);
                     })
        .first->second;
  }
  Standing standing(const std::string& member) {
    const auto answer = await(poll(member).ask({1}, enough));
    EXPECT_TRUE(answer) << answer.error().message;
    return answer.value_or(Standing{});
  }
  /// As the server's user: a running standby reads each history file that appears, and ends where
  /// it may not.
  void reserve(const std::string& member, Timeline known, Timeline wanted) {
    const bool root = geteuid() == 0;
    if (root) {
      ASSERT_EQ(seteuid(GetParam().user), 0);
    }
    const auto reserved = postgres::reserve(outside(member), known, wanted);
    if (root) {
      ASSERT_EQ(seteuid(0), 0);
    }
    ASSERT_TRUE(reserved) << reserved.error().what;
  }
  void promote(const std::string& member, Timeline known, Timeline wanted) {
    reserve(member, known, wanted);
    run(member, "SELECT pg_promote(true, 20)");
  }
  bool streams(const std::string& member, Timeline timeline) {
    return until([&] {  // the first question after a restart finds the old session's end
      const auto now = await(poll(member).ask({1}, enough));
      return now && now->streams && now->timeline == timeline;
    });
  }

  std::map<std::string, postgres::StandingPoll> polls;
};

TEST_P(RealStanding, TellsWhereAServerStandsThroughALife) {
  // given: a primary alone
  Standing a = standing("a");
  EXPECT_FALSE(a.in_recovery);
  EXPECT_EQ(a.timeline, Timeline{1});
  EXPECT_GT(a.flushed, Lsn{0x100000});
  EXPECT_TRUE(a.senders.empty());

  // when: a standby comes, and a cascading one
  clone("a", "b");
  start("b", "a");
  ASSERT_TRUE(streams("b", {1})) << log("b");
  run("a", "INSERT INTO t VALUES ('one')");
  ASSERT_TRUE(until([&] {
    a = standing("a");
    return a.senders.size() == 1 && a.senders[0].flushed == a.flushed;
  }));
  EXPECT_EQ(a.senders[0].pod.text, "b");
  EXPECT_TRUE(a.senders[0].streaming);
  EXPECT_EQ(standing("b").flushed, a.flushed);
  EXPECT_TRUE(until([&] { return standing("b").replay_age == 0s; }));
  run("a", "SELECT pg_create_physical_replication_slot('one', true)");
  run("a", "SELECT pg_create_physical_replication_slot('two')");
  a = standing("a");
  ASSERT_EQ(a.slots.size(), 2U);
  for (const postgres::SlotState& slot : a.slots) {
    EXPECT_EQ(slot.keeps_from.has_value(), slot.name == "one");
    EXPECT_FALSE(slot.active);
  }
  EXPECT_EQ(standing("b").upstream_host, directory->inside());

  // when: the primary is gone, and the standby starts anew without it
  stop("a");
  ASSERT_TRUE(until([&] { return !standing("b").streams; }));
  const Lsn all = standing("b").flushed;
  EXPECT_GT(all, a.flushed) << "the shutdown checkpoint came";
  stop("b");
  const auto gone = await(poll("b").ask({1}, enough));
  EXPECT_FALSE(gone);
  start("b", "a");
  EXPECT_TRUE(until([&] { return standing("b").flushed == all; }))
      << to_text(standing("b").flushed) << " of " << to_text(all);
  EXPECT_EQ(standing("b").timeline, Timeline{1});

  // when: it is promoted while the session is open
  promote("b", {1}, {4});
  const Standing b = standing("b");
  EXPECT_FALSE(b.in_recovery);
  EXPECT_EQ(b.timeline, Timeline{4});
  EXPECT_GE(b.flushed, all);
}

TEST_P(RealStanding, R18AStandbyThatStartedAnewSaysWhenItHasReplayedAll) {
  // given: a standby received what it has not replayed, and its primary is gone
  clone("a", "b");
  start("b", "a");
  ASSERT_TRUE(streams("b", {1})) << log("b");
  EXPECT_TRUE(standing("b").replayed);
  run("b", "ALTER SYSTEM SET recovery_min_apply_delay = '1h'");
  run("b", "SELECT pg_reload_conf()");
  run("a", "INSERT INTO t VALUES ('one')");
  stop("a");
  ASSERT_TRUE(until([&] { return !standing("b").streams; }));
  const Lsn all = standing("b").flushed;
  // with its upstream in the settings, and without one
  for (const std::string upstream : {"a", ""}) {
    stop("b");
    // when
    start("b", upstream);
    // then
    const auto first = await(poll("b").ask({1}, enough));  // may find the old session's end
    EXPECT_TRUE(first || first.error().kind != postgres::SqlError::Kind::timed_out);
    const Standing before = standing("b");
    EXPECT_FALSE(before.replayed);
    EXPECT_LT(before.flushed, all);
  }
  // when
  run("b", "ALTER SYSTEM RESET recovery_min_apply_delay");
  run("b", "SELECT pg_reload_conf()");
  // then
  ASSERT_TRUE(until([&] { return standing("b").replayed; })) << log("b");
  EXPECT_EQ(standing("b").flushed, all);
  stop("b");
  start("b", "a");
  const auto first = await(poll("b").ask({1}, enough));  // the old session's end, as above
  EXPECT_TRUE(first || first.error().kind != postgres::SqlError::Kind::timed_out);
  ASSERT_TRUE(until([&] { return standing("b").replayed; })) << log("b");
  EXPECT_EQ(standing("b").flushed, all);
}

TEST_P(RealStanding, R29APromotionComesUpOnTheWantedTimelineAndDisturbsNobody) {
  // given: two standbys, and numbers that others claimed
  for (const char* member : {"b", "c"})
    clone("a", member);
  start("b", "a");
  start("c", "a");
  ASSERT_TRUE(streams("b", {1}) && streams("c", {1}));
  run("a", "INSERT INTO t VALUES ('one')");
  stop("a");
  ASSERT_TRUE(until([&] { return standing("b").flushed == standing("c").flushed; }));

  // when: one takes over on timeline 5, and one of its clones on 8
  promote("b", {1}, {5});
  EXPECT_EQ(standing("b").timeline, Timeline{5});
  run("b", "INSERT INTO t VALUES ('two')");
  stop("c");
  start("c", "b");
  EXPECT_TRUE(streams("c", {5})) << log("c");
  clone("b", "d");
  start("d", "b");
  ASSERT_TRUE(streams("d", {5})) << log("d");
  stop("b");
  promote("d", {5}, {8});
  EXPECT_EQ(standing("d").timeline, Timeline{8}) << log("d");
  EXPECT_EQ(postgres::read_history(outside("d"), {8})->size(), 2U) << "1 and 5";

  // then: who was on 5 follows, also after a restart
  for (int twice = 0; twice < 2; ++twice) {
    stop("c");
    start("c", "d");
    EXPECT_TRUE(streams("c", {8})) << log("c");
  }
  EXPECT_EQ(asked("c", "SELECT count(*) FROM t"), "2");
}

TEST_P(RealStanding, AStandbyWithUnusedReservedNumbersStartsOnceTheyAreDropped) {
  clone("a", "b");
  start("b", "a");
  ASSERT_TRUE(streams("b", {1}));
  reserve("b", {1}, {4});
  stop("b");

  ASSERT_TRUE(postgres::drop_reserved(outside("b"), {1}));

  start("b", "a");
  EXPECT_TRUE(streams("b", {1})) << log("b");
}

TEST_P(RealStanding, ASlowServerIsGivenUpAndAskedAnew) {
  EXPECT_FALSE(standing("a").in_recovery);
  const std::string pid =
      asked("a", "SELECT pid FROM pg_stat_activity WHERE query = 'EXECUTE pgordinal_standing'");
  kill(std::stoi(pid), SIGSTOP);
  const auto slow = await(poll("a").ask({1}, 100ms));
  kill(std::stoi(pid), SIGCONT);
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().kind, postgres::SqlError::Kind::timed_out);
  EXPECT_EQ(standing("a").timeline, Timeline{1});
}

INSTANTIATE_TEST_SUITE_P(Every, RealStanding, testing::ValuesIn(real::installations()),
                         testing::PrintToStringParamName());

}  // namespace
