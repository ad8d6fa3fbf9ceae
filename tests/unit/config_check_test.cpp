#include <sstream>

#include <gtest/gtest.h>

#include "config/changes.hpp"
#include "config/check.hpp"
#include "config_fixture.hpp"

using config::Need;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace {

struct Checked {
  int status;
  std::string out;
  std::string error;
};

Checked check(const Container& container) {
  std::ostringstream out, error;
  const int status = config::check(container.input(), out, error);
  return {status, out.str(), error.str()};
}

TEST(ConfigCheck, PrintsEachSettingWithItsOriginAndNoSecret) {
  Container container = member("pg-0");
  container.files["/etc/pgordinal/pgordinal.toml"] = "[log]\nformat = \"json\"\n";
  container.environment["POSTGRES_PASSWORD"] = "hunter2";
  const Checked result = check(container);
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.error, "");
  EXPECT_THAT(
      result.out,
      AllOf(HasSubstr("cluster.mode = static"), HasSubstr("# host name \"pg-0\"\n"),
            HasSubstr("log.format = json"), HasSubstr("# /etc/pgordinal/pgordinal.toml:2\n"),
            HasSubstr("POSTGRES_PASSWORD = ***"), HasSubstr("# environment POSTGRES_PASSWORD\n")));
  EXPECT_THAT(result.out, Not(HasSubstr("hunter2")));
}

TEST(ConfigCheck, PrintsEveryErrorAtOnceAndReturnsOne) {
  const Checked result = check(with_file("[log]\nlevel = 1\nformat = 2\n[x]\n"));
  EXPECT_EQ(result.status, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(std::ranges::count(result.error, '\n'), 3);
  EXPECT_THAT(result.error,
              testing::StartsWith(
                  "error: /etc/pgordinal/pgordinal.toml:2:9: log.level: found the number 1"));
}

TEST(ConfigCheck, WhatOnlyTheContainerBringsIsANote) {
  Container container = member("pg-0");
  container.environment.clear();
  const Checked result = check(container);
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("note: PGDATA is not set here"), HasSubstr("POSTGRES_PASSWORD")));
}

TEST(ConfigCheck, StopBudgetsBeyondKubernetesDefaultAreANote) {
  Container container;
  EXPECT_THAT(container.loaded().notes, IsEmpty());
  container.environment["PGORDINAL_STOP_FAST_TIMEOUT"] = "26s";
  EXPECT_THAT(container.loaded().notes, ElementsAre(HasSubstr("terminationGracePeriodSeconds")));
}

TEST(ConfigChanges, NamesWhatChangedAndWhatItNeeds) {
  Container container = with_file("[postgresql.parameters]\nwork_mem = \"4MB\"\njit = true\n");
  container.host_name = "pg-0";
  const config::Loaded before = container.loaded();
  EXPECT_THAT(config::changes(before, before), IsEmpty());

  container.files["/etc/pgordinal/pgordinal.toml"] =
      "[cluster]\nmax_members = 3\n[log]\nlevel = \"debug\"\n[postgresql.parameters]\nwork_mem = "
      "\"8MB\"\n";
  container.environment["POSTGRES_PASSWORD"] = "new";
  EXPECT_THAT(config::changes(before, container.loaded()),
              testing::UnorderedElementsAre(
                  config::Change{"POSTGRES_PASSWORD", Need::reload},
                  config::Change{"cluster.max_members", Need::restart},
                  config::Change{"log.level", Need::reload},
                  config::Change{"postgresql.parameters.jit", Need::postgres_knows},
                  config::Change{"postgresql.parameters.work_mem", Need::postgres_knows},
                  config::Change{"replication.password", Need::reload}));
}

}  // namespace
