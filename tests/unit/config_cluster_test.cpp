#include <gtest/gtest.h>

#include "config/reading.hpp"
#include "config_fixture.hpp"

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

namespace {

TEST(ConfigCluster, IsStaticWhereTheHostNameEndsInAnOrdinal) {
  const auto loaded = member("postgresql-sfs-2").loaded();
  const auto& cluster = loaded.settings.cluster;
  EXPECT_EQ(cluster.mode, core::Mode::static_primary);
  ASSERT_TRUE(cluster.identity);
  EXPECT_EQ(cluster.identity->statefulset, "postgresql-sfs");
  EXPECT_EQ(cluster.identity->ordinal, core::Ordinal{2});
  EXPECT_EQ(cluster.identity->address(core::Ordinal{0}),
            "postgresql-sfs-0.pgnodes.ns.svc.cluster.local");
  EXPECT_EQ(effective(loaded, "cluster.mode")->origin, "host name \"postgresql-sfs-2\"");
  EXPECT_EQ(effective(loaded, "cluster.domain")->origin, "/etc/hosts");
}

TEST(ConfigCluster, IsStandaloneElsewhere) {
  Container container;
  for (const std::string name : {"db", "3fa9c01d2b7e", "pg-01", "pg-x", "pg-", "-1", ""}) {
    container.host_name = name;
    const auto cluster = container.loaded().settings.cluster;
    EXPECT_EQ(cluster.mode, core::Mode::standalone) << name;
    EXPECT_FALSE(cluster.identity) << name;
  }
}

TEST(ConfigCluster, StaticWithoutAnOrdinalNamesHostNameAndOverrides) {
  Container container = with_file("[cluster]\nmode = \"static\"\n");
  EXPECT_THAT(container.problems(),
              ElementsAre(AllOf(StartsWith("/etc/pgordinal/pgordinal.toml:2:8: cluster.mode: "),
                                HasSubstr("the host name \"db\""),
                                HasSubstr("PGORDINAL_CLUSTER_POD_NAME"))));
  container = {};
  container.environment["PGORDINAL_CLUSTER_ORDINAL"] = "1";
  EXPECT_THAT(container.problems(),
              ElementsAre(AllOf(StartsWith("PGORDINAL_CLUSTER_ORDINAL: "), HasSubstr("\"db\""))));
}

TEST(ConfigCluster, EachPartOfTheIdentityHasAnOverride) {
  Container container;
  container.environment["PGORDINAL_CLUSTER_POD_NAME"] = "pg-1";
  container.environment["PGORDINAL_CLUSTER_DOMAIN"] = "example.org";
  EXPECT_EQ(container.loaded().settings.cluster.identity->address(), "pg-1.example.org");
  EXPECT_EQ(effective(container.loaded(), "cluster.mode")->origin, "cluster.pod_name");

  container = member("pg-0");
  container.environment["PGORDINAL_CLUSTER_ORDINAL"] = "4";
  EXPECT_EQ(container.loaded().settings.cluster.identity->pod().text, "pg-4");
}

TEST(ConfigCluster, ContradictingOverridesAreRefused) {
  Container container;
  container.environment["PGORDINAL_CLUSTER_POD_NAME"] = "pg-1";
  container.environment["PGORDINAL_CLUSTER_ORDINAL"] = "2";
  EXPECT_THAT(container.problems(), ElementsAre("PGORDINAL_CLUSTER_ORDINAL: found 2, expected 1 as "
                                                "in cluster.pod_name \"pg-1\"; remove one "
                                                "of the two"));
}

TEST(ConfigCluster, TheOrdinalHasToBeOneThatThePrimaryAdmits) {
  EXPECT_THAT(member("pg-16").problems(),
              ElementsAre(HasSubstr("expected an ordinal from 0 to 15")));
  Container container = member("pg-5");
  container.environment["PGORDINAL_CLUSTER_PRIMARY_ORDINAL"] = "6";
  EXPECT_THAT(container.problems(), ElementsAre(HasSubstr("expected an ordinal from 6 to 21")));
  container.environment["PGORDINAL_CLUSTER_MODE"] = "standalone";
  EXPECT_THAT(container.problems(), IsEmpty());
}

TEST(ConfigCluster, CloneFromIsAnotherMemberThanThePrimary) {
  Container container = member("pg-0");
  const auto clone_from = [&](const std::string& name) {
    container.environment["PGORDINAL_CLUSTER_CLONE_FROM"] = name;
    return container.problems();
  };
  EXPECT_THAT(clone_from("pg-1"), IsEmpty());
  EXPECT_EQ(container.loaded().settings.cluster.clone_from, core::PodName{"pg-1"});
  EXPECT_THAT(clone_from("pg-0"), ElementsAre(HasSubstr("cannot clone itself")));
  EXPECT_THAT(clone_from("other-1"),
              ElementsAre(HasSubstr("a member of this cluster, pg-N with N from 0 to 15")));
  EXPECT_THAT(clone_from("pg-16"), ElementsAre(HasSubstr("a member of this cluster")));
  EXPECT_THAT(clone_from("pg"), ElementsAre(HasSubstr("expected a member's name NAME-N")));
  container.host_name = "pg-1";  // the same environment serves all members
  EXPECT_THAT(clone_from("pg-1"), IsEmpty());
  container.host_name = "db";
  EXPECT_THAT(clone_from("pg-1"), ElementsAre(HasSubstr("no clone_from in standalone mode")));
}

TEST(ConfigCluster, TheDomainIsBehindTheOwnNameInTheHostsFile) {
  const auto domain = [](std::string_view text) { return config::domain_in_hosts(text, "pg-0"); };
  EXPECT_EQ(domain("10.0.0.7\tpg-0.pg.ns.svc.cluster.local\tpg-0\n"), "pg.ns.svc.cluster.local");
  EXPECT_EQ(domain("# pg-0.x pg-0\n127.0.0.1 localhost\r\n10.0.0.7 pg-0 PG-0.lan # own\n"), "lan");
  EXPECT_EQ(domain("10.0.0.7 pg-0\n10.0.0.8 pg-01.lan pg-01"), "");
  EXPECT_EQ(domain(""), "");
}

TEST(ConfigCluster, AHostNameWithItsDomainGivesBoth) {
  Container container;
  container.host_name = "pg-0.pg.ns.svc";
  const auto identity = container.loaded().settings.cluster.identity;
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->statefulset, "pg");
  EXPECT_EQ(identity->domain, "pg.ns.svc");
}

TEST(ConfigCluster, OneMistakeIsNotFollowedByASecondMessage) {
  Container container = with_file("[cluster]\nmode = \"statik\"\nclone_from = \"pg-1\"\n");
  EXPECT_THAT(container.problems(), ElementsAre(HasSubstr("\"statik\"")));
  container = with_file("[cluster]\nmode = \"static\"\npod_name = 3\n");
  EXPECT_THAT(container.problems(), ElementsAre(HasSubstr("cluster.pod_name: found the number 3")));
}

}  // namespace
