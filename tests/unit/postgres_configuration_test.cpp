// What we give PostgreSQL: the include file, pg_hba.conf, conninfo, and command lines.
#include <sstream>

#include "postgres/access.hpp"
#include "postgres/generated_conf.hpp"
#include "postgres/tools.hpp"
#include "postgres/words.hpp"

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

core::Settings static_settings() {
  core::Settings settings;
  settings.cluster.mode = core::Mode::static_primary;
  settings.cluster.identity =
      core::Identity{.statefulset = "db", .ordinal = {1}, .domain = "pg.ns.svc"};
  settings.cluster.max_members = 3;
  settings.replication.password = "s3cret:\\";
  settings.official.pgdata = "/data";
  return settings;
}

postgres::IncludeFacts standby() {
  return {.role = core::Role::standby,
          .upstream = postgres::Upstream{.address = "db-0.pg.ns.svc", .port = 5433},
          .pgdata = "/data",
          .user = {},
          .volume_bytes = std::uint64_t{100} << 30U};
}

TEST(Include, StandaloneGetsOnlyTheParametersAndListens) {
  core::Settings settings;
  settings.postgres.parameters = {{"work_mem", "8MB"}};
  const std::string text = postgres::render_include(settings, {});
  EXPECT_EQ(postgres::parameters_in(text),
            (postgres::Parameters{{"listen_addresses", "*"}, {"work_mem", "8MB"}}));
  const postgres::IncludeFacts facts{.role = core::Role::primary,
                                     .upstream = {},
                                     .pgdata = {},
                                     .user = {{"listen_addresses", "localhost"}},
                                     .volume_bytes = 0};
  EXPECT_EQ(postgres::parameters_in(postgres::render_include(settings, facts)),
            (postgres::Parameters{{"work_mem", "8MB"}}));
}

TEST(Include, A2AStandbyFollowsThePrimaryThroughItsOwnSlot) {
  const auto set = postgres::parameters_in(postgres::render_include(static_settings(), standby()));
  EXPECT_EQ(set.at("wal_level"), "replica");
  EXPECT_EQ(set.at("wal_log_hints"), "on");
  EXPECT_EQ(set.at("max_wal_senders"), "10");
  EXPECT_EQ(set.at("max_replication_slots"), "10");
  EXPECT_EQ(set.at("hot_standby"), "on");
  EXPECT_EQ(set.at("cluster_name"), "db-1");
  EXPECT_EQ(set.at("listen_addresses"), "*");
  EXPECT_EQ(set.at("max_slot_wal_keep_size"), "30720MB");
  EXPECT_EQ(set.at("wal_keep_size"), "256MB");
  EXPECT_EQ(set.at("recovery_target_timeline"), "latest");
  EXPECT_EQ(set.at("primary_slot_name"), "db_1");
  EXPECT_EQ(
      set.at("primary_conninfo"),
      "user='replicator' passfile='/data/pgordinal.passfile' host='db-0.pg.ns.svc' port='5433' "
      "application_name='db-1' sslmode='prefer' connect_timeout='5' keepalives_idle='10' "
      "keepalives_interval='5' keepalives_count='3' tcp_user_timeout='10000'");
}

TEST(Include, APrimaryFollowsNobody) {
  auto facts = standby();
  facts.role = core::Role::primary;
  EXPECT_THAT(postgres::render_include(static_settings(), facts), Not(HasSubstr("primary_")));
}

TEST(Include, DefaultsGiveWayAndWhatMustBeOursDoesNot) {
  auto settings = static_settings();
  settings.cluster.max_members = 40;
  settings.postgres.parameters = {
      {"wal_keep_size", "1GB"}, {"max_wal_senders", "99"}, {"wal_level", "logical"}};
  auto facts = standby();
  facts.user = {
      {"cluster_name", "mine"}, {"wal_log_hints", "off"}, {"max_replication_slots", "20"}};
  const std::string text = postgres::render_include(settings, facts);
  const auto set = postgres::parameters_in(text);
  EXPECT_EQ(set.at("wal_keep_size"), "1GB");
  EXPECT_EQ(set.at("max_wal_senders"), "99");
  EXPECT_EQ(set.at("max_replication_slots"), "44");
  EXPECT_EQ(set.at("wal_level"), "logical");
  EXPECT_EQ(set.at("wal_log_hints"), "on");
  EXPECT_FALSE(set.contains("cluster_name"));
  EXPECT_LT(text.find("wal_keep_size"), text.find("wal_log_hints"));
}

TEST(Include, TheSlotLimitComesFromTheVolumeUnlessItIsConfigured) {
  auto settings = static_settings();
  auto facts = standby();
  facts.volume_bytes = 0;
  EXPECT_THAT(postgres::render_include(settings, facts), Not(HasSubstr("max_slot_wal_keep_size")));
  settings.replication.max_slot_wal_keep_size.bytes = std::uint64_t{2} << 30U;
  EXPECT_THAT(postgres::render_include(settings, facts),
              HasSubstr("max_slot_wal_keep_size = '2048MB'"));
  settings.replication.hot_standby = false;
  EXPECT_THAT(postgres::render_include(settings, facts), HasSubstr("hot_standby = 'off'"));
}

TEST(Include, L1CrashRecoverySyncsByFileSystemWhereThatTellsErrors) {
  auto settings = static_settings();
  auto facts = standby();
  EXPECT_THAT(postgres::render_include(settings, facts), Not(HasSubstr("sync_method")));
  facts.syncs_by_file_system = true;
  EXPECT_THAT(postgres::render_include(settings, facts),
              HasSubstr("recovery_init_sync_method = 'syncfs'"));
  facts.user = {{"recovery_init_sync_method", "fsync"}};
  EXPECT_THAT(postgres::render_include(settings, facts), Not(HasSubstr("sync_method")));
}

TEST(Include, K1HasNoPassword) {
  EXPECT_THAT(postgres::render_include(static_settings(), standby()), Not(HasSubstr("s3cret")));
}

TEST(Access, A4EveryMemberAndNobodyElseMayReplicate) {
  auto settings = static_settings();
  settings.replication.allow = {"10.0.0.0/8"};
  const std::string lines = postgres::hba_last_lines(settings);
  for (const char* address : {"db-0.pg.ns.svc", "db-1.pg.ns.svc", "db-2.pg.ns.svc", "10.0.0.0/8"}) {
    EXPECT_THAT(lines, HasSubstr(std::string("host  replication  \"replicator\"  ") + address +
                                 "  scram-sha-256\n"));
    EXPECT_THAT(lines, HasSubstr(std::string("host  postgres  \"replicator\"  ") + address +
                                 "  scram-sha-256\n"));
  }
  EXPECT_THAT(lines, Not(HasSubstr("db-3")));
  EXPECT_THAT(lines + postgres::hba_first_lines(), Not(HasSubstr("trust")));
  EXPECT_EQ(postgres::hba_last_lines(core::Settings{}), "");
}

TEST(Access, A4InKubernetesAMemberIsAdmittedByTheNameThatAnyServiceGivesIt) {
  auto settings = static_settings();
  const std::string line =
      "host  replication  \"replicator\"  .ns.svc.cluster.local  scram-sha-256\n";
  for (const char* domain : {"", "pg", "pg.test", "pg.ns.svc2", "pg.svc.cluster.local"}) {
    settings.cluster.identity->domain = domain;
    EXPECT_THAT(postgres::hba_last_lines(settings), Not(HasSubstr("  ."))) << domain;
  }
  settings.cluster.identity->domain = "pg.ns.svc.cluster.local";
  EXPECT_THAT(postgres::hba_last_lines(settings), HasSubstr(line));
}

TEST(Access, Clause38TheHostLineIsUpstreams) {
  EXPECT_EQ(postgres::hba_host_lines("scram-sha-256", "17"), "\nhost all all all scram-sha-256\n");
  EXPECT_EQ(postgres::hba_host_lines("trust", "17"),
            "\n# warning trust is enabled for all connections\n"
            "# see https://www.postgresql.org/docs/17/auth-trust.html\nhost all all all trust\n");
}

TEST(Access, ThePassfileEscapesWhatSeparatesItsFields) {
  EXPECT_EQ(postgres::passfile(static_settings()), "*:*:*:replicator:s3cret\\:\\\\\n");
  EXPECT_EQ(postgres::quote_conninfo("a'b\\"), "'a\\'b\\\\'");
}

TEST(Tools, Clause33InitdbTakesTheUsersWordsAndNoPasswordInThem) {
  core::OfficialSettings official;
  official.pgdata = "/data";
  official.password = "s3cret";
  official.initdb_waldir = "/wal";
  EXPECT_THAT(postgres::initdb(official, {"-E", "UTF8"}),
              ElementsAre("initdb", "--username=postgres", "--pwfile=/proc/self/fd/0", "--waldir",
                          "/wal", "-E", "UTF8", "--no-sync", "-D", "/data/pgordinal.staging"));
  EXPECT_EQ(postgres::initdb_waldir(official, {"-X", "/a", "--waldir=/b"}), "/b");
  EXPECT_EQ(postgres::initdb_waldir(official, {"-X/a"}), "/a");
  EXPECT_EQ(postgres::initdb_waldir(official, {}), "/wal");
}

TEST(Tools, ACloneGoesThroughTheSlotIntoTheStagingDirectory) {
  auto settings = static_settings();
  settings.replication.clone_max_rate_kib = 500;
  EXPECT_THAT(postgres::basebackup(settings, {.address = "db-0", .port = 5432}, "db_1",
                                   postgres::Sync::later),
              ElementsAre("pg_basebackup", "-D", "/data/pgordinal.staging", "-Fp", "-Xs",
                          "--checkpoint=fast", "--progress", "--no-password", "-S", "db_1",
                          "--max-rate=500k", "--no-sync", "-d",
                          testing::AllOf(HasSubstr("host='db-0'"),
                                         testing::EndsWith("application_name='db-1 clone'"))));
}

TEST(Tools, ProgressLinesAreRead) {
  EXPECT_EQ(postgres::parse_progress("  1024/30720 kB (3%), 0/1 tablespace"),
            (postgres::CloneProgress{.done_kib = 1024, .total_kib = 30720}));
  EXPECT_EQ(postgres::parse_progress("30720/30720 kB (100%), 1/1 tablespace"),
            (postgres::CloneProgress{.done_kib = 30720, .total_kib = 30720}));
  for (const char* line : {"", "pg_basebackup: error: x", "1024 kB", "1/x kB", "1024/2048 MB"}) {
    EXPECT_EQ(postgres::parse_progress(line), std::nullopt) << line;
  }
}

TEST(Tools, Clause40TheTemporaryServerIsForUsAlone) {
  const auto arguments = postgres::temporary_server("/data", {"-c", "listen_addresses=*"},
                                                    "/private", "/data/main.conf");
  EXPECT_THAT(arguments,
              ElementsAre("postgres", "-c", "listen_addresses=*", "-D", "/data", "-c",
                          "config_file=/data/main.conf", "-c", "listen_addresses=", "-c",
                          "unix_socket_directories=/private", "-c", "unix_socket_permissions=0700",
                          "-c", "hba_file=/private/pg_hba.conf", "-c", "fsync=off", "-c",
                          "synchronous_standby_names="));
}

TEST(Tools, Clause46PsqlRunsAnInitFile) {
  core::OfficialSettings official;
  official.user = "me";
  EXPECT_THAT(
      postgres::psql(official, "/docker-entrypoint-initdb.d/a.sql"),
      ElementsAre("psql", "-v", "ON_ERROR_STOP=1", "--username", "me", "--no-password",
                  "--no-psqlrc", "--dbname", "me", "-f", "/docker-entrypoint-initdb.d/a.sql"));
}

}  // namespace
