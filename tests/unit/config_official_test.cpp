#include <gtest/gtest.h>

#include "config_fixture.hpp"

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

namespace {

TEST(ConfigOfficial, VariablesKeepTheirMeaning) {
  Container container;
  container.environment = {{"PGDATA", "/data"},
                           {"POSTGRES_USER", "boss"},
                           {"POSTGRES_PASSWORD", "secret"},
                           {"POSTGRES_DB", "shop"},
                           {"POSTGRES_INITDB_ARGS", "--data-checksums"},
                           {"POSTGRES_INITDB_WALDIR", "/wal"},
                           {"POSTGRES_HOST_AUTH_METHOD", "trust"},
                           {"PG_MAJOR", "17"},
                           {"PGPORT", "5433"}};
  const auto official = container.loaded().settings.official;
  EXPECT_EQ(official.pgdata, "/data");
  EXPECT_EQ(official.user, "boss");
  EXPECT_EQ(official.password, "secret");
  EXPECT_EQ(official.database, "shop");
  EXPECT_EQ(official.initdb_args, "--data-checksums");
  EXPECT_EQ(official.initdb_waldir, "/wal");
  EXPECT_EQ(official.host_auth_method, "trust");
  EXPECT_EQ(official.major, "17");
  EXPECT_EQ(official.port, 5433);
}

TEST(ConfigOfficial, DefaultsAndEmptyValuesAreTheSame) {  // clauses 20, 22
  Container container;
  container.environment["POSTGRES_USER"] = "";
  container.environment["POSTGRES_DB"] = "";
  const auto official = container.loaded().settings.official;
  EXPECT_EQ(official.user, "postgres");
  EXPECT_EQ(official.database, "postgres");
  container.environment["POSTGRES_USER"] = "boss";
  EXPECT_EQ(container.loaded().settings.official.database, "boss");
}

TEST(ConfigOfficial, BothVariableAndFileAreAnErrorInTheScriptsWords) {  // clause 21
  for (const std::string name :
       {"POSTGRES_PASSWORD", "POSTGRES_USER", "POSTGRES_DB", "POSTGRES_INITDB_ARGS"}) {
    Container container;
    container.environment[name] = "x";
    container.environment[name + "_FILE"] = "/run/secrets/x";
    EXPECT_THAT(container.problems(),
                ElementsAre(std::string("both ").append(name).append(" and ").append(name).append(
                    "_FILE are set (but are exclusive)")));
  }
}

TEST(ConfigOfficial, ThePlaceholderOfTheManifestIsNoPassword) {
  Container container = member("pg-0");
  container.environment.erase("POSTGRES_PASSWORD");
  container.environment["POSTGRES_PASSWORD_FILE"] = "/etc/pgordinal-secret/superuser-password";
  container.files["/etc/pgordinal-secret/superuser-password"] = "REPLACE-THIS-PASSWORD\n";
  for (const bool only_check : {false, true}) {
    container.only_check = only_check;
    EXPECT_THAT(container.problems(),
                ElementsAre("POSTGRES_PASSWORD: found the placeholder that statefulset.yaml comes "
                            "with, expected a password of your own; put one into the Secret"));
  }
}

TEST(ConfigOfficial, AFilesLineBreaksAtTheEndAndZeroBytesAreDropped) {  // clause 22
  Container container;
  container.environment.erase("POSTGRES_PASSWORD");
  container.environment["POSTGRES_PASSWORD_FILE"] = "/run/secrets/pw";
  container.files["/run/secrets/pw"] = std::string(" a\nb\0c \n\n", 9);
  const auto loaded = container.loaded();
  EXPECT_EQ(loaded.settings.official.password, " a\nbc ");
  EXPECT_EQ(effective(loaded, "POSTGRES_PASSWORD")->value, "***");
  EXPECT_EQ(effective(loaded, "POSTGRES_PASSWORD")->origin,
            "file /run/secrets/pw (POSTGRES_PASSWORD_FILE)");
  EXPECT_THAT(loaded.files, ElementsAre("/etc/pgordinal/pgordinal.toml", "/run/secrets/pw"));
}

TEST(ConfigOfficial, AnUnreadableFileIsAnError) {  // clause 22
  Container container;
  container.environment.erase("POSTGRES_PASSWORD");
  container.environment["POSTGRES_PASSWORD_FILE"] = "/nope";
  EXPECT_THAT(
      container.problems(),
      ElementsAre(
          "POSTGRES_PASSWORD_FILE: cannot read the file \"/nope\": No such file or directory"));
  container.broken_files["/nope"] = std::errc::permission_denied;
  EXPECT_THAT(container.problems(), ElementsAre(HasSubstr("Permission denied")));
}

TEST(ConfigOfficial, NoFileFormWhereTheScriptHasNone) {  // clause 20
  Container container;
  container.environment["POSTGRES_HOST_AUTH_METHOD_FILE"] = "/nope";
  container.environment["POSTGRES_INITDB_WALDIR_FILE"] = "/nope";
  EXPECT_THAT(container.problems(), IsEmpty());
}

TEST(ConfigOfficial, AMissingPasswordIsFineAlone) {
  Container container;
  container.environment.erase("POSTGRES_PASSWORD");
  EXPECT_EQ(container.loaded().settings.official.password, "");
}

TEST(ConfigOfficial, PgdataIsNeverGuessed) {
  Container container;
  container.environment.erase("PGDATA");
  EXPECT_THAT(container.problems(),
              ElementsAre(StartsWith("PGDATA: found no value, expected an absolute path; set it")));
  container.environment["PGDATA"] = "data";
  EXPECT_THAT(container.problems(),
              ElementsAre("PGDATA: found \"data\", expected an absolute path"));
}

TEST(ConfigOfficial, RefusesAWrongPort) {
  Container container;
  for (const std::string port : {"0", "65536", "five", "5432 "}) {
    container.environment["PGPORT"] = port;
    EXPECT_THAT(container.problems(), ElementsAre(HasSubstr("expected a port from 1 to 65535")))
        << port;
  }
}

}  // namespace
