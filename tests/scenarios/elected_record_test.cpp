#include <gtest/gtest.h>

#include "core/elected/lease_fields.hpp"
#include "core/elected/seeded_bug.hpp"

// The Lease's contents as text, and back (PROTOCOL section 1).
namespace core::elected {
namespace {

static_assert(!seeded(Bug::fence_from_receive_time), "the product has no seeded bugs");

Record a_record() {
  return {.holder = HolderId{.pod_uid = "8a1f-77", .nonce = 0xfeed},
          .last = {.pod = {"pg-1"}, .data = {0x1234}},
          .node = "node-b",
          .transitions = 7,
          .duration = std::chrono::seconds(10),
          .system_id = SystemId{7301234567890123456},
          .timeline = {4},
          .flushed = {0x16B374D848},
          .final = {},
          .candidates = {{.pod = {"pg-0"}, .data = {1}}, {.pod = {"pg-2"}, .data = {2}}},
          .write = {.writer = {.pod_uid = "8a1f-77", .nonce = 0xfeed}, .number = 42},
          .successor = {},
          .switchover = SwitchoverRequest{.to = PodName{"pg-2"}},
          .paused = true,
          .synchronous = "ANY 1 (pg-0, pg-2)",
          .damaged = false};
}

TEST(R1, ARecordComesBackFromTheLeaseAsItWasWritten) {
  // given
  Record released = a_record();
  released.holder.reset();
  released.final = Lsn{77};
  released.successor = PodName{"pg-0"};
  released.switchover = SwitchoverRequest{};
  for (const Record& record : {a_record(), released, Record{}}) {
    // when
    const ReadRecord read = read_record(to_fields(record));
    // then
    EXPECT_EQ(read.record, record);
    EXPECT_TRUE(read.garbage.empty());
  }
}

TEST(R1, GarbageInOneAnnotationIsToldByNameAndLeavesTheOthers) {
  for (const std::string name :
       {"candidates", "timeline", "system-identifier", "write", "last-holder"}) {
    // given
    LeaseFields fields = to_fields(a_record());
    fields.annotations["pgordinal.io/" + name] = "?!";
    // when
    const ReadRecord read = read_record(fields);
    // then
    ASSERT_EQ(read.garbage.size(), 1U);
    EXPECT_EQ(read.garbage.front().field, "pgordinal.io/" + name);
    EXPECT_EQ(read.garbage.front().found, "?!");
    EXPECT_TRUE(read.record.damaged);
    EXPECT_EQ(read.record.holder, a_record().holder);
  }
}

TEST(R1, TheListIsBounded) {
  // given
  Record record = a_record();
  for (std::uint64_t i = 0; i <= most_candidates; ++i)
    record.candidates.push_back({.pod = {"pg-9"}, .data = {i}});
  // when
  const ReadRecord read = read_record(to_fields(record));
  // then
  EXPECT_TRUE(read.record.candidates.empty());
  EXPECT_EQ(read.garbage.size(), 1U);
}

TEST(R4, AForeignHolderIdentityIsAHolderThatIsNobodyOfOurs) {
  // given
  LeaseFields fields = to_fields(a_record());
  fields.holder_identity = "some-other-program";
  // when
  const ReadRecord read = read_record(fields);
  // then
  ASSERT_TRUE(read.record.holder);
  EXPECT_EQ(*read.record.holder, (HolderId{.pod_uid = "some-other-program", .nonce = 0}));
}

TEST(R4, AMemberIsItsNameAndItsData) {
  // given
  const Record record = a_record();
  // when, then
  EXPECT_TRUE(record.lists({.pod = {"pg-0"}, .data = {1}}));
  EXPECT_FALSE(record.lists({.pod = {"pg-0"}, .data = {3}}));
  EXPECT_FALSE(record.lists({.pod = {"pg-1"}, .data = {1}}));
}

}  // namespace
}  // namespace core::elected
