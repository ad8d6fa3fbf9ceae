#include <ranges>

#include "postgres/control_file.hpp"
#include "postgres/standby_slots.hpp"
#include "postgres_cluster.hpp"

// On real servers that keep no WAL but for their slots.
namespace {

using namespace std::chrono_literals;
using core::Lsn;
using core::standby_slots::Deed;
using core::standby_slots::Held;
using core::standby_slots::Wanted;

constexpr auto enough = 20s;

class RealStandbySlots : public RealCluster {
 protected:
  /// A primary `a`, its standbys `b` and `c`; b keeps slots for both others.
  void SetUp() override {
    more = {"wal_keep_size=0", "max_slot_wal_keep_size=128MB", "hot_standby_feedback=on",
            "wal_receiver_status_interval=1s"};
    wal_file_mb = "16";  // as in the field: core::standby_slots::worth_advancing is measured by it
    RealCluster::SetUp();
    for (const char* member : {"b", "c"}) {
      run("a", std::string("SELECT pg_create_physical_replication_slot('") + member + "', true)");
      more.push_back(std::string("primary_slot_name=") + member);
      ASSERT_NO_FATAL_FAILURE(make_standby("a", member));
      more.pop_back();
    }
    ASSERT_NO_FATAL_FAILURE(keep("b", {{.slot = "a", .has = {}}, {.slot = "c", .has = {}}}));
  }
  postgres::Session session(const std::string& member) {
    auto made = await(postgres::Session::connect(login(member), enough));
    if (!made) throw std::runtime_error(made.error().message);
    return std::move(*made);
  }
  std::vector<Held> held(const std::string& member) {
    auto asked = session(member);
    const auto table = await(asked.run(postgres::sql::list_slots(), enough));
    if (!table) throw std::runtime_error(table.error().message);
    return postgres::held(postgres::sql::slots(*table));
  }
  Held held(const std::string& member, const std::string& slot) {
    for (const Held& each : held(member)) {
      if (each.slot == slot) return each;
    }
    throw std::runtime_error(member + " has no slot " + slot);
  }
  /// What a standby does now and then.
  void keep(const std::string& member, const std::vector<Wanted>& wanted) {
    const auto control = postgres::read_control_file(outside(member));
    ASSERT_TRUE(control) << control.error();
    auto open = session(member);
    for (const auto& step : core::standby_slots::steps(held(member), wanted, control->redo)) {
      const auto done = await(postgres::carry_out(open, step, enough));
      ASSERT_TRUE(done) << done.error().message;
    }
  }
  Lsn flushed(const std::string& member) {
    return core::parse_lsn(asked(member, "SELECT pg_last_wal_receive_lsn()")).value_or(Lsn{});
  }
  /// New WAL, and whatever nobody needs of the old is gone: from the primary, and from b.
  void write_and_recycle(int segments) {
    for (int number = 0; number < segments; ++number)
      run("a", "INSERT INTO t VALUES ('kept'); SELECT pg_switch_wal()");
    run("a", "CHECKPOINT");
    const std::string end = asked("a", "SELECT pg_current_wal_lsn()");
    ASSERT_TRUE(until([&] {
      return asked("b", "SELECT pg_last_wal_replay_lsn() >= '" + end + "'") == "t";
    })) << log("b");
    run("b", "CHECKPOINT");
  }
  /// The primary is lost, b takes over, and c follows it.
  void fail_over() {
    crash("a");
    run("b", "SELECT pg_promote(true, 20)");
    run("b", "INSERT INTO t VALUES ('after'); CHECKPOINT");
    more.push_back("primary_slot_name=c");
    start("c", "b");
    more.pop_back();
  }
};

TEST_P(RealStandbySlots, AfterAFailoverTheThirdMemberStreamsOnWithoutAClone) {
  stop("c");
  const Lsn has = held("a", "c").keeps_from.value_or(Lsn{});
  ASSERT_NO_FATAL_FAILURE(write_and_recycle(2));
  ASSERT_NO_FATAL_FAILURE(
      keep("b", {{.slot = "a", .has = flushed("b")}, {.slot = "c", .has = has}}));
  ASSERT_NO_FATAL_FAILURE(write_and_recycle(1));
  fail_over();
  EXPECT_TRUE(until([&] { return asked("c", "SELECT count(*) FROM t WHERE x = 'after'") == "1"; }))
      << log("c");
  EXPECT_EQ(asked("c", "SELECT count(*) FROM t WHERE x = 'kept'"), "3");
}

TEST_P(RealStandbySlots, WithoutSlotsThatMemberLacksWal) {
  run("b", "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
  stop("c");
  ASSERT_NO_FATAL_FAILURE(write_and_recycle(3));
  crash("a");
  run("b", "SELECT pg_promote(true, 20)");
  run("b", "SELECT pg_create_physical_replication_slot('c', true); CHECKPOINT");
  more.push_back("primary_slot_name=c");
  start("c", "b");
  EXPECT_TRUE(until([&] { return log("c").contains("has already been removed"); })) << log("c");
}

TEST_P(RealStandbySlots, AdvancedToWhatAMemberHasItHoldsBackNoMore) {
  const Lsn began = held("b", "c").keeps_from.value_or(Lsn{});
  ASSERT_NO_FATAL_FAILURE(write_and_recycle(3));
  const Lsn has = flushed("c");
  ASSERT_NO_FATAL_FAILURE(keep("b", {{.slot = "a", .has = has}, {.slot = "c", .has = has}}));
  const auto redo = postgres::read_control_file(outside("b"))->redo;
  ASSERT_GE(std::min(redo, has).bytes, began.bytes + core::standby_slots::worth_advancing);
  EXPECT_EQ(held("b", "c").keeps_from, std::min(redo, has));
  EXPECT_EQ(held("b", "a").keeps_from, std::min(redo, has));
  // Backwards: PostgreSQL itself would refuse.
  auto open = session("b");
  EXPECT_TRUE(
      await(postgres::carry_out(open, {.deed = Deed::advance, .slot = "c", .to = began}, enough)));
  EXPECT_EQ(held("b", "c").keeps_from, std::min(redo, has));
}

TEST_P(RealStandbySlots, ALostOneIsMadeAnew) {
  stop("c");
  // More than max_slot_wal_keep_size.
  ASSERT_NO_FATAL_FAILURE(write_and_recycle(10));
  ASSERT_FALSE(held("b", "c").keeps_from);
  ASSERT_NO_FATAL_FAILURE(keep("b", {{.slot = "c", .has = {}}}));
  EXPECT_TRUE(held("b", "c").keeps_from);
}

TEST_P(RealStandbySlots, AFormerPrimarysSlotHoldsNoXminAsAStandby) {
  run("a", "BEGIN; INSERT INTO t VALUES ('x'); COMMIT");
  ASSERT_TRUE(until([&] { return held("a", "b").holds_xmin && held("a", "c").holds_xmin; }));
  stop("b");
  stop("a");
  ASSERT_NO_FATAL_FAILURE(start("a", "b"));
  const Held before = held("a", "b");
  ASSERT_TRUE(before.holds_xmin && before.keeps_from);
  ASSERT_NO_FATAL_FAILURE(keep("a", {{.slot = "b", .has = {}}}));
  const Held after = held("a", "b");
  EXPECT_FALSE(after.holds_xmin);
  EXPECT_TRUE(after.keeps_from);
}

INSTANTIATE_TEST_SUITE_P(OnEachVersion, RealStandbySlots, testing::ValuesIn(real::installations()),
                         testing::PrintToStringParamName());

}  // namespace
