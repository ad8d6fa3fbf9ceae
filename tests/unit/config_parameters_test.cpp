#include <gtest/gtest.h>

#include "config/keys.hpp"
#include "config/parameters.hpp"
#include "config_fixture.hpp"

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

namespace {

TEST(ConfigParameters, BecomePostgresText) {
  const auto loaded = with_file(R"(
[postgresql.parameters]
shared_buffers = "256MB"
max_connections = 200
random_page_cost = 1.1
jit = false
DateStyle = "ISO, DMY"
pg_stat_statements.max = 10000
"auto_explain.log_min_duration" = "3s"
unix_socket_directories = "/tmp"
wal_level = "logical"
)")
                          .loaded();

  EXPECT_THAT(loaded.settings.postgres.parameters,
              ElementsAre(Pair("auto_explain.log_min_duration", "3s"),
                          Pair("datestyle", "ISO, DMY"), Pair("jit", "off"),
                          Pair("max_connections", "200"), Pair("pg_stat_statements.max", "10000"),
                          Pair("random_page_cost", "1.1"), Pair("shared_buffers", "256MB"),
                          Pair("unix_socket_directories", "/tmp"), Pair("wal_level", "logical")));
  EXPECT_EQ(effective(loaded, "postgresql.parameters.jit")->origin,
            "/etc/pgordinal/pgordinal.toml:6");
}

TEST(ConfigParameters, ComeFromTheEnvironmentToo) {
  Container container = with_file("[postgresql.parameters]\nwork_mem = \"4MB\"\n");
  container.environment["PGORDINAL_POSTGRESQL_PARAMETERS_WORK_MEM"] = "64MB";
  container.environment["PGORDINAL_POSTGRESQL_PARAMETERS_PG_STAT_STATEMENTS__MAX"] = "5";
  const auto loaded = container.loaded();
  EXPECT_THAT(loaded.settings.postgres.parameters,
              ElementsAre(Pair("pg_stat_statements.max", "5"), Pair("work_mem", "64MB")));
  EXPECT_EQ(effective(loaded, "postgresql.parameters.work_mem")->origin,
            "environment PGORDINAL_POSTGRESQL_PARAMETERS_WORK_MEM");
}

TEST(ConfigParameters, ThatMustBeOursAreRefusedWithAReason) {
  for (const std::string name :
       {"data_directory", "config_file", "hba_file", "include", "include_dir", "include_if_exists",
        "primary_conninfo", "primary_slot_name", "promote_trigger_file", "recovery_target",
        "recovery_target_time", "recovery_target_timeline", "hot_standby", "Primary_ConnInfo"}) {
    const auto problems = with_file("[postgresql.parameters]\n" + name + " = \"x\"\n").problems();
    ASSERT_EQ(problems.size(), 1u) << name;
    EXPECT_THAT(problems[0], AllOf(HasSubstr(":2:"), HasSubstr("postgresql.parameters." + name),
                                   HasSubstr("must not be set here: ")));
  }
}

TEST(ConfigParameters, AreRefusedWhereTheirValueKeepsStandbysOut) {
  EXPECT_TRUE(config::refused("wal_level", "Minimal"));
  EXPECT_FALSE(config::refused("wal_level", "replica"));
  EXPECT_TRUE(config::refused("wal_log_hints", "no"));
  EXPECT_FALSE(config::refused("wal_log_hints", "on"));
  EXPECT_TRUE(config::refused("full_page_writes", "off"));
  EXPECT_TRUE(config::refused("max_wal_senders", "1"));
  EXPECT_FALSE(config::refused("max_wal_senders", "2"));
  EXPECT_TRUE(config::refused("listen_addresses", ""));
  EXPECT_TRUE(config::refused("listen_addresses", "localhost, 127.0.0.1"));
  EXPECT_FALSE(config::refused("listen_addresses", "localhost, 10.0.0.1"));
  EXPECT_FALSE(config::refused("hot_standby_feedback", "on"));
}

TEST(ConfigParameters, NeedAValidNameAndValue) {
  const auto first = [](const std::string& line) {
    return with_file("[postgresql.parameters]\n" + line + "\n").problems().at(0);
  };
  EXPECT_THAT(first("\"work mem\" = 1"),
              HasSubstr("found the name \"work mem\", expected a name of PostgreSQL's"));
  EXPECT_THAT(first("\"a\\nb\" = 1"), HasSubstr("\"a\\nb\""));
  EXPECT_THAT(first("work_mem = [\"4MB\"]"),
              HasSubstr("found a list, expected a text, a number, true or false"));
  EXPECT_THAT(first("work_mem = nan"), HasSubstr("found a number with a fraction"));
  EXPECT_THAT(first("work_mem = \"4\\u0000MB\""), HasSubstr("found a zero byte in the value"));
}

TEST(ConfigParameters, ThatMayHoldASecretAreNeverPrinted) {
  const std::string text = "[postgresql.parameters]\nmyapp.password = \"hunter2\"\n";
  EXPECT_EQ(effective(with_file(text).loaded(), "postgresql.parameters.myapp.password")->value,
            "***");
  EXPECT_THAT(
      with_file("[postgresql.parameters]\nprimary_conninfo = \"password=hunter2\"\n").problems(),
      ElementsAre(Not(HasSubstr("hunter2"))));
}

TEST(ConfigParameters, ContradictingOurKeyAreRefused) {
  EXPECT_THAT(with_file("[replication]\nmax_slot_wal_keep_size = \"1GB\"\n"
                        "[postgresql.parameters]\nmax_slot_wal_keep_size = \"2GB\"\n")
                  .problems(),
              ElementsAre(HasSubstr("max_slot_wal_keep_size is in [postgresql.parameters] too")));
}

TEST(ConfigParameters, RefusedOnesAreInTheDocumentedFile) {
  for (const std::string name :
       {"data_directory", "config_file", "hba_file", "hot_standby", "primary_conninfo",
        "primary_slot_name", "promote_trigger_file", "recovery_target*", "include*", "wal_level",
        "wal_log_hints", "full_page_writes", "max_wal_senders", "max_replication_slots",
        "listen_addresses"})
    EXPECT_THAT(config::documented_file(), HasSubstr(name));
}

}  // namespace
