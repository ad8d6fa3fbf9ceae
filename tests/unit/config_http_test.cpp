#include <gtest/gtest.h>

#include "config_fixture.hpp"

using testing::ElementsAre;
using testing::HasSubstr;

namespace {

Container elected() {
  Container container = member("pg-0");
  container.environment["PGORDINAL_CLUSTER_MODE"] = "elected";
  return container;
}

TEST(ConfigHttp, MembersListenAndAStandaloneServerDoesNotUnlessItIsTold) {
  EXPECT_EQ(Container{}.loaded().settings.http.port, 0);
  EXPECT_EQ(member("pg-0").loaded().settings.http.port, 8008);
  EXPECT_EQ(elected().loaded().settings.http.port, 8008);
  EXPECT_EQ(effective(Container{}.loaded(), "http.port")->origin, "none in standalone mode");
  Container told;
  told.environment["PGORDINAL_HTTP_PORT"] = "8010";
  EXPECT_EQ(told.loaded().settings.http.port, 8010);
  Container silent = member("pg-0");
  silent.environment["PGORDINAL_HTTP_PORT"] = "0";
  EXPECT_EQ(silent.loaded().settings.http.port, 0);
}

TEST(ConfigHttp, APortThatCannotBeIsRefused) {
  Container container = elected();
  container.environment["PGORDINAL_HTTP_PORT"] = "0";
  EXPECT_THAT(container.problems(), ElementsAre(HasSubstr("ask one another")));
  container.environment["PGORDINAL_HTTP_PORT"] = "5432";
  EXPECT_THAT(container.problems(), ElementsAre(HasSubstr("another port than PostgreSQL's")));
  container.environment["PGORDINAL_HTTP_PORT"] = "65536";
  EXPECT_THAT(container.problems(), ElementsAre(HasSubstr("from 0 to 65535")));
}

TEST(ConfigHttp, TheLagLimitIsASizeOrNone) {
  EXPECT_EQ(member("pg-0").loaded().settings.http.lag_limit, std::uint64_t{1} << 30U);
  EXPECT_EQ(with_file("[http]\nlag_limit = \"16MB\"\n").loaded().settings.http.lag_limit,
            std::uint64_t{16} << 20U);
  EXPECT_EQ(with_file("[http]\nlag_limit = \"none\"\n").loaded().settings.http.lag_limit,
            std::nullopt);
}

}  // namespace
