// A whole bootstrap with the pieces of postgres/, on every PostgreSQL that is there: what the
// runtime does, in short.
#include "postgres/access.hpp"
#include "postgres/control_file.hpp"
#include "postgres/data_directory.hpp"
#include "postgres/durability.hpp"
#include "postgres/files.hpp"
#include "postgres/sql.hpp"
#include "postgres/tools.hpp"
#include "postgres_await.hpp"
#include "postgres_real.hpp"

namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace sql = postgres::sql;
using namespace std::chrono_literals;
using core::directory::Cluster;
using core::directory::Unfinished;
using postgres::BlockPlace;

class Bootstrap : public testing::TestWithParam<real::Installation> {
 protected:
  Bootstrap() : directory(GetParam()), inside(directory.inside()), outside(directory.outside()) {
    settings.cluster.mode = core::Mode::static_primary;
    settings.cluster.identity = core::Identity{.statefulset = "db", .ordinal = {0}, .domain = "pg"};
    settings.postgres.parameters = {{"work_mem", "5MB"}, {"log_line_prefix", "%m 'it''s' \\ "}};
    settings.official.pgdata = inside / "data";
    for (const char* name : {"data", "private", "wal"})
      fs::create_directory(outside / name);
    fs::permissions(outside / "data", fs::perms::owner_all);
    real::give(GetParam(), outside);
  }
  void write(const fs::path& file, const std::string& text) const {
    ASSERT_TRUE(postgres::write_file_atomically(outside / file, text, 0600));
    real::give(GetParam(), outside / file);
  }
  [[nodiscard]] std::string read(const fs::path& file) const {
    return *postgres::read_file(outside / file).value();
  }

  void initdb() {
    if (GetParam().root.empty())
      settings.official.initdb_waldir =
          inside / "wal";  // its link would not lead there from outside
    auto arguments = postgres::initdb(settings.official, {"--encoding=UTF8", "--locale=C"});
    if (!GetParam().root.empty())
      arguments[2] = "--auth=trust";  // a bare chroot has no /proc to read standard input by
    const auto made = real::run(GetParam(), arguments, "s3cret\n");
    ASSERT_EQ(made.status, 0) << made.output;
    const auto control = postgres::read_control_file(postgres::staging_directory(pgdata()));
    ASSERT_TRUE(control) << control.error();
    marker.system_id = control->system_id;
  }
  void configure() const {
    write("data/pgordinal.conf",
          postgres::render_include(settings, {.role = core::Role::primary,
                                              .upstream = {},
                                              .pgdata = inside / "data",
                                              .user = {},
                                              .volume_bytes = postgres::volume_size(outside)}));
    write("data/postgresql.conf",
          postgres::with_block(read("data/postgresql.conf"), postgres::include_block(),
                               BlockPlace::bottom));
    const std::string hba =
        read("data/pg_hba.conf") + postgres::hba_host_lines("scram-sha-256", "17");
    write("data/pg_hba.conf",
          postgres::with_block(
              postgres::with_block(hba, postgres::hba_first_lines(), BlockPlace::top),
              postgres::hba_last_lines(settings), BlockPlace::bottom));
    write("private/pg_hba.conf", postgres::temporary_hba());
  }
  [[nodiscard]] fs::path pgdata() const { return outside / "data"; }
  [[nodiscard]] std::string shown(const std::string& name, const postgres::Arguments& users = {},
                                  const fs::path& main_conf = {}) const {
    postgres::Arguments argv = postgres::server(inside / "data", users, main_conf);
    argv.insert(argv.end(), {"-C", name});
    const auto done = real::run(GetParam(), argv);
    return done.output.substr(0, done.output.find('\n'));
  }

  real::Directory directory;
  fs::path inside;
  fs::path outside;
  core::Settings settings;
  postgres::Marker marker;
};

asio::awaitable<void> make_roles(postgres::Login login, bool& done) {
  auto session = co_await postgres::Session::connect(std::move(login), 5s);
  EXPECT_TRUE(session) << session.error().message;
  if (!session) co_return;
  auto statements = sql::unlogged();
  for (auto& each : sql::session_role("pgordinal", sql::scram_verifier("k").value()))
    statements.push_back(each);
  for (auto& each : sql::replication_role("replicator", sql::scram_verifier("r").value()))
    statements.push_back(each);
  const auto made = co_await session->run(sql::joined(statements), 5s);
  EXPECT_TRUE(made) << made.error().message;
  const auto roles = co_await session->run(
      "SELECT rolname, rolsuper, rolreplication, rolcreaterole, rolbypassrls, "
      "has_function_privilege(rolname, 'pg_read_binary_file(text,bigint,bigint,boolean)', "
      "'EXECUTE'), "
      "has_function_privilege(rolname, 'pg_read_file(text)', 'EXECUTE') FROM pg_roles WHERE "
      "rolname IN "
      "('pgordinal', 'replicator') ORDER BY 1",
      5s);
  EXPECT_TRUE(roles) << roles.error().message;
  if (!roles) co_return;
  EXPECT_EQ(roles->rows.at(0), (postgres::Row{"pgordinal", "t", "f", "f", "f", "t", "t"}));
  EXPECT_EQ(roles->rows.at(1), (postgres::Row{"replicator", "f", "t", "f", "f", "t", "f"}));
  done = true;
}

TEST_P(Bootstrap, GoesThroughItsPhasesAndPostgresTakesAllWeWrote) {
  // given: initdb into the staging directory, by way of the marker
  marker.major = std::to_string(GetParam().major);
  marker.waldir = outside / "wal";
  ASSERT_TRUE(postgres::write_marker(pgdata(), marker));
  initdb();
  EXPECT_TRUE(std::holds_alternative<Unfinished>(postgres::inspect(pgdata())));
  marker.phase = postgres::Phase::adopting;
  ASSERT_TRUE(postgres::write_marker(pgdata(), marker));
  const auto adopted = postgres::adopt_staged(pgdata());
  ASSERT_TRUE(adopted) << adopted.error().what;

  // when: configured, and the temporary server did its work
  configure();
  EXPECT_EQ(shown("wal_level"), "replica");
  EXPECT_EQ(shown("work_mem"), "5120");
  EXPECT_EQ(shown("log_line_prefix"), "%m 'it''s' \\ ");
  EXPECT_EQ(shown("wal_log_hints", {"-c", "shared_buffers=1MB"}), "on");
  EXPECT_NE(shown("max_slot_wal_keep_size"), "-1");
  {
    real::Server server(GetParam(), pgdata(),
                        postgres::temporary_server(inside / "data", {"-c", "listen_addresses=*"},
                                                   inside / "private"));
    ASSERT_TRUE(server.reached(core::ServerPhase::ready)) << server.log();
    bool done = false;
    asio::co_spawn(test_loop(), make_roles({.host = outside / "private", .user = "postgres"}, done),
                   [](const std::exception_ptr& failure) { EXPECT_FALSE(failure); });
    test_loop().restart();
    test_loop().run();
    EXPECT_TRUE(done);
    EXPECT_THAT(server.log(), testing::Not(testing::HasSubstr("SCRAM"))) << "K1";
    server.stop_fast();
  }
  const auto synced = await(postgres::sync_data_directory(pgdata()));
  EXPECT_TRUE(synced) << synced.error().what;

  // then: it is a cluster once the marker goes
  ASSERT_TRUE(postgres::remove_marker(pgdata()));
  const auto content = postgres::inspect(pgdata());
  ASSERT_TRUE(std::holds_alternative<Cluster>(content))
      << std::get<core::directory::Unusable>(content).what;
  EXPECT_EQ(std::get<Cluster>(content).control.state, core::directory::State::shut_down);
  EXPECT_EQ(fs::is_symlink(pgdata() / "pg_wal"), GetParam().root.empty());
}

TEST_P(Bootstrap, AConfigFileOutsidePgdataIsIncludedByOurs) {
  ASSERT_EQ(real::initdb(GetParam(), inside / "data").status, 0);
  write("users.conf", "work_mem = '7MB'\ninclude 'more.conf'\n");
  write("more.conf", "max_connections = 33\n");
  write("data/pgordinal.conf",
        postgres::render_include(core::Settings{}, {.role = core::Role::primary,
                                                    .upstream = {},
                                                    .pgdata = {},
                                                    .user = {},
                                                    .volume_bytes = 0}));
  write("data/pgordinal.main.conf",
        postgres::render_main_conf(inside / "users.conf", inside / "data"));
  const postgres::Arguments users{"-c", "config_file=" + (inside / "users.conf").string()};
  const fs::path main_conf = inside / "data/pgordinal.main.conf";
  EXPECT_EQ(shown("work_mem", users, main_conf), "7168");
  EXPECT_EQ(shown("max_connections", users, main_conf), "33");
  EXPECT_EQ(shown("listen_addresses", users, main_conf), "*");
  EXPECT_EQ(shown("hba_file", users, main_conf), (inside / "data/pg_hba.conf").string());
}

TEST(Durability, OnlyAKernelThatReportsErrorsIsTrusted) {
  EXPECT_TRUE(postgres::syncfs_reports_errors("5.8.0"));
  EXPECT_TRUE(postgres::syncfs_reports_errors("6.1.0-28-amd64"));
  EXPECT_FALSE(postgres::syncfs_reports_errors("5.4.0-100-generic"));
  EXPECT_FALSE(postgres::syncfs_reports_errors("4.18.0-553.el8.x86_64"));
  EXPECT_FALSE(postgres::syncfs_reports_errors(""));
  EXPECT_FALSE(await(postgres::sync_data_directory("/nonexistent")));
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Bootstrap);
INSTANTIATE_TEST_SUITE_P(Postgres, Bootstrap, testing::ValuesIn(real::installations()),
                         [](const auto& each) { return std::to_string(each.param.major); });

}  // namespace
