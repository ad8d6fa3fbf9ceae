#include <gtest/gtest.h>

#include "core/exit_status.hpp"
#include "core/identity.hpp"
#include "core/lsn.hpp"

namespace {

TEST(PodName, SplitsIntoStatefulSetAndOrdinal) {
  const auto parts = core::split_pod_name("postgresql-sfs-12");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->statefulset, "postgresql-sfs");
  EXPECT_EQ(parts->ordinal.number, 12u);
  EXPECT_EQ(core::split_pod_name("pg15-0")->statefulset, "pg15");
  EXPECT_EQ(core::split_pod_name("a.b-0")->statefulset, "a.b");
  EXPECT_EQ(core::split_pod_name("pg-4294967295")->ordinal.number, 4294967295u);
}

TEST(PodName, IsRefusedInAnyOtherForm) {
  for (const auto* name :
       {"", "-", "-0", "pg", "pg-", "pg-01", "pg-1a", "pg-+1", "pg- 1", "pg-4294967296", "0"})
    EXPECT_FALSE(core::split_pod_name(name)) << name;
}

TEST(Identity, NamesItsPeers) {
  core::Identity identity{.statefulset = "pg", .ordinal = {1}, .domain = "nodes.ns.svc"};
  EXPECT_EQ(identity.pod().text, "pg-1");
  EXPECT_EQ(identity.address({0}), "pg-0.nodes.ns.svc");
  EXPECT_EQ(identity.address(), "pg-1.nodes.ns.svc");
  identity.domain.clear();
  EXPECT_EQ(identity.address(), "pg-1");
}

TEST(SlotName, IsInTheAlphabetOfSlotNames) {
  EXPECT_EQ(core::slot_name({"postgresql-sfs-1"}), "postgresql_sfs_1");
  EXPECT_EQ(core::slot_name({"My.Pg-2"}), "my_pg_2");
}

TEST(SlotName, OfALongNameFitsAndDiffersByOrdinalAndByName) {
  const std::string name(80, 'a');
  const std::string one = core::slot_name({name + "-1"});
  EXPECT_EQ(one.size(), 63u);
  EXPECT_TRUE(one.ends_with("a_1"));
  EXPECT_NE(one, core::slot_name({name + "-2"}));
  EXPECT_NE(one, core::slot_name({"b" + name + "-1"}));
  EXPECT_EQ(core::slot_name({std::string(61, 'a') + "-1"}), std::string(61, 'a') + "_1");
}

TEST(Lsn, IsWrittenAndReadAsPostgresDoes) {
  EXPECT_EQ(core::to_text(core::Lsn{0x16B374D848}), "16/B374D848");
  EXPECT_EQ(core::to_text(core::Lsn{0}), "0/0");
  EXPECT_EQ(core::parse_lsn("16/B374D848"), core::Lsn{0x16B374D848});
  EXPECT_EQ(core::parse_lsn("ffffffff/ffffffff"), core::Lsn{~std::uint64_t{0}});
  for (const auto* text :
       {"", "/", "1/", "/1", "1", "1/2/3", "100000000/0", "0/100000000", "-1/0", "0x1/0", " 1/2"})
    EXPECT_FALSE(core::parse_lsn(text)) << text;
}

TEST(SystemId, IsADecimalNumber) {
  EXPECT_EQ(core::parse_system_id("18446744073709551615"), core::SystemId{~std::uint64_t{0}});
  EXPECT_EQ(core::to_text(core::SystemId{7}), "7");
  for (const auto* text : {"", "-1", "1 ", "x", "18446744073709551616"})
    EXPECT_FALSE(core::parse_system_id(text)) << text;
}

TEST(ExitStatus, SaysHowAProcessEnded) {
  EXPECT_EQ(core::to_text(core::ExitStatus{.by_signal = false, .number = 1}), "exit code 1");
  EXPECT_EQ(core::to_text(core::ExitStatus{.by_signal = true, .number = 9}), "signal 9");
  EXPECT_EQ((core::ExitStatus{.by_signal = true, .number = 9}).code(), 137);
}

}  // namespace
