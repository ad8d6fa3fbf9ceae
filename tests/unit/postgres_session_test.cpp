// Sessions, peers and slots against a real server; nothing here where none is installed.
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include <boost/asio/ip/tcp.hpp>

#include "postgres/access.hpp"
#include "postgres/control_file.hpp"
#include "postgres/data_directory.hpp"
#include "postgres/files.hpp"
#include "postgres/peer.hpp"
#include "postgres/placeholder.hpp"
#include "postgres/session.hpp"
#include "postgres/sql.hpp"
#include "postgres/tools.hpp"
#include "postgres_await.hpp"
#include "postgres_real.hpp"

namespace {

namespace asio = boost::asio;
namespace sql = postgres::sql;
using namespace std::chrono_literals;
using postgres::Login;
using postgres::PeerKind;
using postgres::Session;
using postgres::SlotNeed;
using postgres::SlotOutcome;
using Kind = postgres::SqlError::Kind;

constexpr auto enough = 5s;

postgres::SqlError connect_error(Login login, core::Duration limit = enough) {
  auto session = await(Session::connect(std::move(login), limit));
  return session ? postgres::SqlError{.kind = Kind::server_error,
                                      .sqlstate = {},
                                      .message = "it connected"}
                 : session.error();
}

TEST(Session, FailuresBeforeAnyServerAreToldApartInTime) {
  EXPECT_THAT(connect_error({.host = "no-such-host.invalid", .user = "x", .password = "p"}).kind,
              testing::AnyOf(Kind::unresolved, Kind::lookup_failed));
  EXPECT_EQ(
      connect_error({.host = "127.0.0.1", .port = real::free_port(), .user = "x", .password = "p"})
          .kind,
      Kind::refused);
  EXPECT_EQ(connect_error({.host = "/nonexistent", .user = "x", .password = "p"}).kind,
            Kind::refused);
}

TEST(Session, AServerThatSaysNothingTimesOut) {
  asio::io_context loop;
  asio::ip::tcp::acceptor silent(loop, {asio::ip::address_v4::loopback(), 0});
  const auto error = connect_error(
      {.host = "localhost", .port = silent.local_endpoint().port(), .user = "x", .password = "p"},
      200ms);
  EXPECT_EQ(error.kind, Kind::timed_out);
}

TEST(Peer, APlaceholderSaysThatItsVolumeIsEmpty) {
  const auto port = real::free_port();
  asio::io_context loop;
  postgres::Placeholder placeholder(loop.get_executor());
  ASSERT_FALSE(placeholder.listen(port));
  postgres::PeerAnswer answer;
  asio::co_spawn(
      loop,
      postgres::ask_peer({.host = "127.0.0.1", .port = port, .user = "r", .password = "p"}, enough),
      [&](const std::exception_ptr&, postgres::PeerAnswer given) {
        answer = std::move(given);
        placeholder.close();
      });
  loop.run_for(10s);
  EXPECT_EQ(answer.kind, PeerKind::without_data) << answer.detail;
}

/// One server: SCRAM for TCP, our own roles, a socket directory.
class RealSession : public testing::Test {
 protected:
  void SetUp() override {
    const auto here = real::installed_here();
    if (!here) GTEST_SKIP() << "no PostgreSQL here";
    directory.emplace(*here);
    pgdata = directory->outside() / "data";
    installation = *here;
    ASSERT_EQ(real::initdb(installation, pgdata, {"-A", "trust"}).status, 0);
    port = real::free_port();
    settings.cluster.mode = core::Mode::static_primary;
    settings.cluster.identity =
        core::Identity{.statefulset = "localhost", .ordinal = {0}, .domain = {}};
    settings.replication.allow = {"127.0.0.1/32"};
    const std::string hba = postgres::with_block(
        postgres::with_block("local all all reject\n", postgres::hba_first_lines(),
                             postgres::BlockPlace::top),
        postgres::hba_last_lines(settings), postgres::BlockPlace::bottom);
    ASSERT_TRUE(postgres::write_file_atomically(pgdata / "pg_hba.conf", hba, 0600));
    real::give(installation, pgdata / "pg_hba.conf");
    make_roles();
  }
  /// As an adoption does it: with --single.
  void make_roles() {
    sql::Statements statements = sql::unlogged();
    for (auto& each : sql::session_role("pgordinal", *sql::scram_verifier("k")))
      statements.push_back(each);
    for (auto& each : sql::replication_role("replicator", *sql::scram_verifier("gehe\u00efm")))
      statements.push_back(each);
    const auto done =
        real::run(installation, postgres::single_user(pgdata, {}), sql::joined(statements));
    ASSERT_EQ(done.status, 0) << done.output;
    const auto again =
        real::run(installation, postgres::single_user(pgdata, {}), sql::joined(statements));
    ASSERT_EQ(again.status, 0) << again.output;
    EXPECT_NE(
        real::run(installation, postgres::single_user(pgdata, {}), "SELECT nonsense\n").status, 0);
  }
  [[nodiscard]] postgres::Arguments arguments(const postgres::Arguments& more = {}) const {
    postgres::Arguments users{"-p", std::to_string(port), "-c", "listen_addresses=127.0.0.1",
                              "-k", directory->outside(), "-c", "fsync=off",
                              "-c", "shared_buffers=1MB"};
    users.insert(users.end(), more.begin(), more.end());
    return postgres::server(pgdata, users);
  }
  [[nodiscard]] Login own() const {
    return {.host = directory->outside(), .port = port, .user = "pgordinal", .password = "k"};
  }
  [[nodiscard]] Login replicator() const {
    return {.host = "127.0.0.1", .port = port, .user = "replicator", .password = "gehe\u00efm"};
  }

  std::optional<real::Directory> directory;
  real::Installation installation;
  std::filesystem::path pgdata;
  std::uint16_t port = 0;
  core::Settings settings;
};

TEST_F(RealSession, AsksAndIsRefusedInEveryWayThatMatters) {
  const real::Server server(installation, pgdata, arguments());
  ASSERT_TRUE(server.reached(core::ServerPhase::ready)) << server.log();

  // Our own session, whatever the user's pg_hba.conf says (here: reject).
  auto session = await(Session::connect(own(), enough));
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ(session->server_major(), installation.major);
  EXPECT_FALSE(session->broken());

  // A peer's question.
  const auto answer = await(postgres::ask_peer(replicator(), enough));
  ASSERT_EQ(answer.kind, PeerKind::answers) << answer.detail;
  EXPECT_EQ(answer.system_id, postgres::read_control_file(pgdata)->system_id);
  EXPECT_EQ(answer.timeline.number, 1U);
  EXPECT_EQ(answer.in_recovery, false);
  EXPECT_EQ(answer.server_major, installation.major);

  auto wrong = replicator();
  wrong.password = "WRONG";
  const auto refused = await(postgres::ask_peer(wrong, enough));
  EXPECT_EQ(refused.kind, PeerKind::bad_password) << refused.detail;
  EXPECT_THAT(refused.detail, testing::Not(testing::HasSubstr("WRONG")));
  wrong = own();
  wrong.host = "127.0.0.1";
  EXPECT_EQ(await(postgres::ask_peer(wrong, enough)).kind, PeerKind::rejected_by_hba);
  wrong = own();
  wrong.database = "none";
  EXPECT_EQ(connect_error(wrong).sqlstate, "3D000");
}

asio::awaitable<void> statements_on(Login login, bool& done) {
  auto session = co_await Session::connect(std::move(login), enough);
  EXPECT_TRUE(session) << session.error().message;
  if (!session) co_return;
  std::vector<std::optional<std::string>> parameters{"it's", std::nullopt};
  const auto rows =
      co_await session->query("SELECT $1::text AS a, $2::int AS b", parameters, enough);
  EXPECT_TRUE(rows) << rows.error().message;
  if (!rows) co_return;
  EXPECT_THAT(rows->columns, testing::ElementsAre("a", "b"));
  EXPECT_EQ(rows->rows.at(0), (postgres::Row{"it's", std::nullopt}));

  const auto error = co_await session->run("SELECT 1; SELECT nonsense; SELECT 2", enough);
  EXPECT_FALSE(error);
  EXPECT_EQ(error.error().sqlstate, "42703");
  EXPECT_FALSE(session->broken()) << "an error is not the end";

  const auto state_table = co_await session->run(sql::server_state(), enough);
  EXPECT_TRUE(state_table) << state_table.error().message;
  const auto state = sql::parse_server_state(*state_table);
  EXPECT_TRUE(state && !state->in_recovery && state->lsn.bytes > 0 && state->timeline.number == 1);

  std::vector<std::optional<std::string>> slot{"db_2"};
  for (int twice = 0; twice < 2; ++twice) {
    const auto made = co_await session->query(sql::create_slot(), slot, enough);
    EXPECT_TRUE(made) << made.error().message;
  }
  const auto listed = co_await session->run(sql::list_slots(), enough);
  EXPECT_EQ(sql::slots(*listed).at(0).name, "db_2");
  EXPECT_EQ(sql::slots(*listed).at(0).wal_status, "reserved");
  for (int twice = 0; twice < 2; ++twice) {
    const auto dropped = co_await session->query(sql::drop_slot(), slot, enough);
    EXPECT_TRUE(dropped) << dropped.error().message;
  }
  const auto none = co_await session->run(sql::list_slots(), enough);
  EXPECT_TRUE(none->rows.empty());
  const auto senders = co_await session->run(sql::list_senders(), enough);
  EXPECT_TRUE(senders && sql::senders(*senders).empty());

  std::vector<std::optional<std::string>> name{"my \"db\""};
  const auto created = co_await session->run(sql::create_database("my \"db\""), enough);
  EXPECT_TRUE(created) << created.error().message;
  const auto exists = co_await session->query(sql::database_exists(), name, enough);
  EXPECT_EQ(exists->rows.size(), 1U);

  std::string big(3'000'000, 'x');
  std::vector<std::optional<std::string>> much{big};
  const auto echoed = co_await session->query("SELECT $1::text", much, enough);
  EXPECT_TRUE(echoed && echoed->rows[0][0] == big) << "more than a socket's buffer";

  const auto slow = co_await session->run("SELECT pg_sleep(10)", 100ms);
  EXPECT_FALSE(slow);
  EXPECT_EQ(slow.error().kind, Kind::timed_out);
  EXPECT_TRUE(session->broken());
  done = true;
}

TEST_F(RealSession, StatementsHaveRowsErrorsAndDeadlines) {
  const real::Server server(installation, pgdata, arguments());
  ASSERT_TRUE(server.reached(core::ServerPhase::ready)) << server.log();
  bool done = false;
  asio::io_context loop;
  asio::co_spawn(loop, statements_on(own(), done),
                 [](const std::exception_ptr& failure) { EXPECT_FALSE(failure); });
  loop.run();
  EXPECT_TRUE(done);
  // The replicator may read files for pg_rewind and nothing that a superuser may.
  auto session = await(Session::connect(replicator(), enough));
  ASSERT_TRUE(session) << session.error().message;
}

TEST_F(RealSession, TlsIsUsedWhereTheServerHasItWhateverHomeIs) {
  const std::string files =
      " -out " + (pgdata / "server.crt").string() + " -keyout " + (pgdata / "server.key").string();
  if (std::system(
          ("openssl req -new -x509 -days 2 -nodes -subj /CN=x 2>/dev/null" + files).c_str()) != 0) {
    GTEST_SKIP() << "no openssl program here";
  }
  ASSERT_TRUE(postgres::write_file_atomically(
      pgdata / "pg_hba.conf",
      "hostnossl all all all reject\nhostssl all,replication all all scram-sha-256\n", 0600));
  real::give(installation, pgdata);
  const real::Server server(installation, pgdata, arguments({"-c", "ssl=on"}));
  ASSERT_TRUE(server.reached(core::ServerPhase::ready)) << server.log();
  ASSERT_EQ(setenv("HOME", "/proc/1/root/nothing", 1), 0);

  EXPECT_EQ(await(postgres::ask_peer(replicator(), enough)).kind, PeerKind::answers);
  auto wrong = replicator();
  wrong.password = "WRONG";
  EXPECT_EQ(await(postgres::ask_peer(wrong, enough)).kind, PeerKind::bad_password)
      << "though plain is rejected";
}

/// Asked until one streams, for some seconds.
asio::awaitable<std::vector<sql::Sender>> streaming_senders(Session& session) {
  std::vector<sql::Sender> senders;
  for (int tries = 0; tries < 200 && (senders.empty() || senders[0].state != "streaming");
       ++tries) {
    const auto table =
        co_await session.run("SELECT pg_sleep(0.02); " + sql::list_senders(), enough);
    if (table) senders = sql::senders(*table);
  }
  co_return senders;
}

TEST_F(RealSession, A5ACloneThroughItsOwnSlotStreams) {
  const real::Server server(installation, pgdata, arguments({"-c", "wal_level=replica"}));
  ASSERT_TRUE(server.reached(core::ServerPhase::ready)) << server.log();
  // given: our slot, which an earlier clone left behind
  settings.cluster.identity->ordinal = {1};
  settings.replication.password = "gehe\u00efm";
  const auto copy = directory->outside() / "copy";
  settings.official.pgdata = copy;
  const postgres::Upstream primary{.address = "127.0.0.1", .port = port};
  for (int twice = 0; twice < 2; ++twice)
    EXPECT_EQ(
        await(postgres::ensure_slot(replicator(), "localhost_1", SlotNeed::keep, enough)).outcome,
        SlotOutcome::ready);
  auto peer = await(postgres::talk_to_peer(replicator(), enough));
  ASSERT_TRUE(peer && peer->sql);
  const auto slot = await(postgres::ensure_slot(*peer, "localhost_1", SlotNeed::fresh));
  ASSERT_EQ(slot.outcome, SlotOutcome::ready) << slot.detail;
  peer = std::unexpected(postgres::PeerAnswer{});  // closed: it would be listed as a sender
  // when: cloned, adopted, started warm
  std::filesystem::create_directory(copy);
  std::filesystem::permissions(copy, std::filesystem::perms::owner_all);
  real::give(installation, copy);
  ASSERT_TRUE(postgres::write_file_atomically(copy / "pgordinal.passfile",
                                              postgres::passfile(settings), 0600));
  real::give(installation, copy / "pgordinal.passfile");
  const auto cloned = real::run(
      installation, postgres::basebackup(settings, primary, "localhost_1", postgres::Sync::later));
  ASSERT_EQ(cloned.status, 0) << cloned.output;
  EXPECT_THAT(cloned.output, testing::HasSubstr(" kB (100%)"));
  postgres::Marker marker{.kind = core::directory::Bootstrap::clone,
                          .phase = postgres::Phase::adopting,
                          .major = {},
                          .system_id = postgres::read_control_file(pgdata)->system_id,
                          .waldir = {},
                          .tablespaces = {}};
  ASSERT_TRUE(postgres::write_marker(copy, marker));
  ASSERT_TRUE(postgres::adopt_staged(copy));
  ASSERT_TRUE(postgres::remove_marker(copy));
  settings.replication.hot_standby = false;
  const std::string include = postgres::render_include(settings, {.role = core::Role::standby,
                                                                  .upstream = primary,
                                                                  .pgdata = copy,
                                                                  .user = {},
                                                                  .volume_bytes = 0});
  ASSERT_TRUE(postgres::write_file_atomically(copy / "pgordinal.conf", include, 0600));
  const auto conf = postgres::read_file(copy / "postgresql.conf").value().value();
  ASSERT_TRUE(postgres::write_file_atomically(
      copy / "postgresql.conf",
      postgres::with_block(conf, postgres::include_block(), postgres::BlockPlace::bottom), 0600));
  ASSERT_TRUE(postgres::set_standby_signal(copy, true));
  real::give(installation, copy);
  const auto standby_port = real::free_port();
  const real::Server standby(
      installation, copy,
      postgres::server(copy, {"-p", std::to_string(standby_port), "-k", directory->outside(), "-c",
                              "shared_buffers=1MB"}));
  ASSERT_TRUE(standby.reached(core::ServerPhase::standby)) << standby.log();
  // then: it streams under its name (B3), its slot is in use, and a warm standby is known to hold a
  // cluster (S4)
  auto session = await(Session::connect(own(), enough));
  ASSERT_TRUE(session) << session.error().message;
  const auto senders = await(streaming_senders(*session));
  ASSERT_EQ(senders.size(), 1U);
  EXPECT_EQ(senders[0].application_name, "localhost-1");
  EXPECT_EQ(senders[0].state, "streaming");
  EXPECT_EQ(
      await(postgres::ensure_slot(replicator(), "localhost_1", SlotNeed::fresh, enough)).outcome,
      SlotOutcome::in_use);
  auto warm = replicator();
  warm.port = standby_port;
  const auto answer = await(postgres::ask_peer(warm, enough));
  EXPECT_EQ(answer.kind, PeerKind::not_accepting) << answer.detail;
}

}  // namespace
