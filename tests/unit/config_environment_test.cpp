#include <gtest/gtest.h>

#include "config/keys.hpp"
#include "config_fixture.hpp"

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

TEST(ConfigEnvironment, WinsOverTheFileAndTheFileOverTheDefault) {
  Container container = with_file("[stop]\nfast_timeout = \"10s\"\nimmediate_timeout = \"3s\"\n");
  container.environment["PGORDINAL_STOP_FAST_TIMEOUT"] = "15s";
  const auto loaded = container.loaded();

  EXPECT_EQ(loaded.settings.stop.fast, std::chrono::seconds(15));
  EXPECT_EQ(loaded.settings.stop.immediate, std::chrono::seconds(3));
  EXPECT_EQ(effective(loaded, "stop.fast_timeout")->origin,
            "environment PGORDINAL_STOP_FAST_TIMEOUT");
  EXPECT_EQ(effective(loaded, "stop.immediate_timeout")->origin, "/etc/pgordinal/pgordinal.toml:3");
  EXPECT_EQ(effective(loaded, "log.level")->origin, "default");
}

TEST(ConfigEnvironment, SetsEveryType) {
  Container container;
  container.environment["PGORDINAL_REPLICATION_HOT_STANDBY"] = "off";
  container.environment["PGORDINAL_REPLICATION_ALLOW"] = "10.0.0.0/8, 192.168.7.0/24,";
  container.environment["PGORDINAL_CLUSTER_MAX_MEMBERS"] = "7";
  container.environment["PGORDINAL_REPLICATION_MAX_SLOT_WAL_KEEP_SIZE"] = "1Gi";
  const auto settings = container.loaded().settings;
  EXPECT_FALSE(settings.replication.hot_standby);
  EXPECT_THAT(settings.replication.allow, ElementsAre("10.0.0.0/8", "192.168.7.0/24"));
  EXPECT_EQ(settings.cluster.max_members, 7u);
  EXPECT_EQ(settings.replication.max_slot_wal_keep_size.bytes, 1'073'741'824u);
}

TEST(ConfigEnvironment, EmptyMeansUnset) {
  Container container;
  for (const config::Key& row : config::keys())
    container.environment[config::environment_variable(row)] = "";
  EXPECT_THAT(container.problems(), IsEmpty());
}

TEST(ConfigEnvironment, RefusesWrongValuesByTheVariablesName) {
  const auto first = [](const std::string& name, const std::string& value) {
    Container container;
    container.environment[name] = value;
    return container.problems().at(0);
  };
  EXPECT_THAT(
      first("PGORDINAL_CLUSTER_MAX_MEMBERS", "many"),
      "PGORDINAL_CLUSTER_MAX_MEMBERS: found \"many\", expected a whole number from 1 to 128");
  EXPECT_THAT(first("PGORDINAL_CLUSTER_MAX_MEMBERS", "99999999999999999999"),
              HasSubstr("expected a whole number"));
  EXPECT_THAT(first("PGORDINAL_STOP_FAST_TIMEOUT", "20"), HasSubstr("a number alone has no unit"));
  EXPECT_THAT(first("PGORDINAL_STOP_FAST_TIMEOUT", "99999999999999999d"),
              HasSubstr("expected a duration"));
  EXPECT_THAT(first("PGORDINAL_STOP_FAST_TIMEOUT", "-5s"), HasSubstr("expected a duration"));
  EXPECT_THAT(first("PGORDINAL_REPLICATION_CLONE_MAX_RATE", "1kB"),
              HasSubstr("from \"32kB\" to \"1GB\""));
  EXPECT_THAT(first("PGORDINAL_REPLICATION_ALLOW", "10.0.0.7"), HasSubstr("one host: /32"));
  EXPECT_THAT(first("PGORDINAL_REPLICATION_ALLOW", "10.0.0.0/33"), HasSubstr("expected addresses"));
  EXPECT_THAT(first("PGORDINAL_REPLICATION_ALLOW", "all all trust"),
              HasSubstr("expected addresses"));
  EXPECT_THAT(first("PGORDINAL_REPLICATION_USER", "x\" superuser"),
              HasSubstr("expected a role's name"));
  EXPECT_THAT(first("PGORDINAL_REPLICATION_USER", "pg_monitor"),
              HasSubstr("PostgreSQL does not reserve"));
  EXPECT_THAT(first("PGORDINAL_REPLICATION_USER", "pgordinal"), HasSubstr("PID 1's own session"));
  EXPECT_THAT(first("PGORDINAL_CLUSTER_DOMAIN", "a..b"), HasSubstr("expected a domain"));
  EXPECT_THAT(first("PGORDINAL_CLUSTER_POD_NAME", "pg"),
              HasSubstr("expected a member's name NAME-N"));
}

Container elected_member() {
  Container container = member("postgresql-sfs-1");
  container.environment["POSTGRES_PASSWORD"] = "secret";
  container.environment["PGORDINAL_CLUSTER_MODE"] = "elected";
  return container;
}

TEST(ConfigEnvironment, TheLeaseOfElectedModeIsNamedAfterTheStatefulSet) {
  Container container = elected_member();
  EXPECT_EQ(container.loaded().settings.cluster.mode, core::Mode::elected);
  EXPECT_EQ(container.loaded().settings.elected.lease, "postgresql-sfs");
  EXPECT_EQ(container.loaded().settings.elected.timing, core::elected::default_timing());
}

TEST(ConfigEnvironment, RefusesDurationsThatContradictOneAnother) {
  Container container = elected_member();
  container.environment["PGORDINAL_ELECTED_FENCE_AFTER"] = "10s";
  EXPECT_THAT(container.problems(),
              ElementsAre(AllOf(HasSubstr("PGORDINAL_ELECTED_FENCE_AFTER"),
                                HasSubstr("the fence is at 10.000 s"),
                                HasSubstr("others take over after 10.000 s"))));
}

TEST(ConfigEnvironment, TheFastDurationsOfTheDocumentationFitTogether) {
  Container container = elected_member();
  container.environment["PGORDINAL_ELECTED_LEASE_DURATION"] = "4s";
  container.environment["PGORDINAL_ELECTED_RENEW_INTERVAL"] = "800ms";
  container.environment["PGORDINAL_ELECTED_DEMOTE_AFTER"] = "2400ms";
  container.environment["PGORDINAL_ELECTED_FENCE_AFTER"] = "3600ms";
  container.environment["PGORDINAL_ELECTED_REQUEST_TIMEOUT"] = "600ms";
  EXPECT_EQ(container.loaded().settings.elected.timing, core::elected::fast_timing());
}

TEST(ConfigEnvironment, RefusesUnknownVariables) {
  Container container;
  container.environment["PGORDINAL_CLUSTER_MODUS"] = "static";
  EXPECT_THAT(container.problems(),
              ElementsAre("PGORDINAL_CLUSTER_MODUS: found an unknown variable; did you mean "
                          "PGORDINAL_CLUSTER_MODE?"));
}

TEST(ConfigEnvironment, IgnoresWhatKubernetesAddsForAServiceOfOurName) {
  Container container;
  for (const std::string name :
       {"PGORDINAL_SERVICE_HOST", "PGORDINAL_SERVICE_PORT", "PGORDINAL_SERVICE_PORT_POSTGRES",
        "PGORDINAL_PORT", "PGORDINAL_PORT_5432_TCP", "PGORDINAL_PORT_5432_TCP_ADDR",
        "PGORDINAL_RW_SERVICE_HOST", "PGORDINAL_RW_PORT_5432_TCP_PROTO"})
    container.environment[name] = "tcp://10.0.0.1:5432";
  EXPECT_THAT(container.problems(), IsEmpty());
}

}  // namespace
