#include <gtest/gtest.h>

#include "config/reading.hpp"
#include "config_fixture.hpp"

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace {

// printf 'pgordinal replication replicator' | openssl dgst -sha256 -hmac pw
constexpr auto derived = "be7beac571c932741521852af15e9be20aeececc3b0d7b255bc56b6867fb8454";

TEST(ConfigReplication, PasswordIsDerivedFromTheSuperusers) {
  const auto loaded = member("pg-0").loaded();
  EXPECT_EQ(loaded.settings.replication.password, derived);
  EXPECT_EQ(member("pg-1").loaded().settings.replication.password, derived);
  EXPECT_EQ(effective(loaded, "replication.password")->value, "***");
  EXPECT_EQ(effective(loaded, "replication.password")->origin, "derived from POSTGRES_PASSWORD");
  EXPECT_NE(config::derived_password("pw", "other"), derived);
}

TEST(ConfigReplication, OwnPasswordComesFromVariableOrFile) {
  Container container = member("pg-0");
  container.environment["PGORDINAL_REPLICATION_PASSWORD"] = "own";
  EXPECT_EQ(container.loaded().settings.replication.password, "own");
  EXPECT_EQ(effective(container.loaded(), "replication.password")->value, "***");

  container = member("pg-0");
  container.environment["PGORDINAL_REPLICATION_PASSWORD_FILE"] = "/run/secrets/r";
  container.files["/run/secrets/r"] = "own\n";
  EXPECT_EQ(container.loaded().settings.replication.password, "own");
  EXPECT_EQ(effective(container.loaded(), "replication.password")->origin, "file /run/secrets/r");

  container.environment["PGORDINAL_REPLICATION_PASSWORD"] = "x";
  EXPECT_THAT(container.problems(),
              ElementsAre("both PGORDINAL_REPLICATION_PASSWORD and "
                          "PGORDINAL_REPLICATION_PASSWORD_FILE are set (but are exclusive)"));
}

TEST(ConfigReplication, AnUnusablePasswordFileIsAnError) {
  Container container = member("pg-0");
  container.files["/etc/pgordinal/pgordinal.toml"] =
      "[replication]\npassword_file = \"/run/secrets/r\"\n";
  EXPECT_THAT(
      container.problems(),
      ElementsAre(
          "/etc/pgordinal/pgordinal.toml:2:17: replication.password_file: cannot read the file "
          "\"/run/secrets/r\": No such file or directory"));
  container.files["/run/secrets/r"] = "\n";
  EXPECT_THAT(container.problems(), ElementsAre(HasSubstr("an empty file")));
  container.files["/run/secrets/r"] = "hunter2\nhunter3\n";
  EXPECT_THAT(container.problems(),
              ElementsAre(AllOf(HasSubstr("a line break inside"), Not(HasSubstr("hunter")))));
}

TEST(ConfigReplication, StaticModeWithoutAnyPasswordSaysWhatToSet) {
  Container container = member("pg-0");
  container.environment.erase("POSTGRES_PASSWORD");
  EXPECT_THAT(container.problems(),
              ElementsAre(AllOf(HasSubstr("POSTGRES_PASSWORD"),
                                HasSubstr("PGORDINAL_REPLICATION_PASSWORD"))));
  container.environment["PGORDINAL_REPLICATION_PASSWORD"] = "own";
  EXPECT_THAT(container.problems(), IsEmpty());
}

TEST(ConfigReplication, RoleIsNeitherTheSuperuserNorOurs) {
  Container container = member("pg-0");
  container.environment["PGORDINAL_REPLICATION_USER"] = "postgres";
  EXPECT_THAT(container.problems(), ElementsAre(HasSubstr("another role than the superuser")));
  container.environment["PGORDINAL_REPLICATION_USER"] = "r";
  container.environment["POSTGRES_USER"] = "pgordinal";
  EXPECT_THAT(container.problems(), ElementsAre(HasSubstr("POSTGRES_USER: found \"pgordinal\"")));
}

}  // namespace
