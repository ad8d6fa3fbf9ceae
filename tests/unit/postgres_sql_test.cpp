#include "postgres/peer.hpp"
#include "postgres/sql.hpp"
#include "postgres/sql_error.hpp"

namespace {

namespace sql = postgres::sql;
using Kind = postgres::SqlError::Kind;

TEST(Sql, NamesAndValuesAreQuoted) {
  EXPECT_EQ(sql::identifier("my \"db\""), "\"my \"\"db\"\"\"");
  EXPECT_EQ(sql::literal("it's"), "'it''s'");
  EXPECT_EQ(sql::literal("a\\'b"), " E'a\\\\''b'");
  EXPECT_EQ(sql::create_database("x\";drop"), "CREATE DATABASE \"x\"\";drop\";");
}

TEST(Sql, K1AVerifierIsNotThePassword) {
  const auto first = sql::scram_verifier("s3cret");
  const auto second = sql::scram_verifier("s3cret");
  ASSERT_TRUE(first) << first.error();
  EXPECT_THAT(*first,
              testing::MatchesRegex(
                  "SCRAM-SHA-256\\$4096:[A-Za-z0-9+/=]+\\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+"));
  EXPECT_NE(*first, *second) << "salted";
}

TEST(Sql, A3TheReplicationRoleIsNoSuperuserAndGetsFourFunctions) {
  const std::string text = sql::joined(sql::replication_role("repl", "SCRAM-SHA-256$x"));
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("SUPERUSER")));
  EXPECT_THAT(text,
              testing::HasSubstr(
                  "ALTER ROLE \"repl\" WITH LOGIN REPLICATION PASSWORD 'SCRAM-SHA-256$x';\n"));
  EXPECT_EQ(sql::replication_role("repl", "v").size(), 6U);
}

TEST(SqlError, LoginsThatFailAreToldApart) {
  const std::string prefix = "connection to server at \"db-0\" (10.0.0.1), port 5432 failed: ";
  const auto kind = [&prefix](const std::string& text) {
    return postgres::connection_error(prefix + text).kind;
  };
  EXPECT_EQ(kind("FATAL:  28P01: password authentication failed for user \"r\"\nLOCATION:  "
                 "auth_failed, auth.c:326\n"),
            Kind::bad_password);
  EXPECT_EQ(kind("FATAL:  28000: no pg_hba.conf entry for replication connection\n"),
            Kind::rejected_by_hba);
  EXPECT_EQ(kind("FATAL:  57P03: the database system is starting up\n"), Kind::starting_up);
  EXPECT_EQ(kind("FATAL:  57P03: the database system is shutting down\n"), Kind::shutting_down);
  EXPECT_EQ(kind("FATAL:  53300: sorry, too many clients already\n"), Kind::server_error);
  EXPECT_EQ(kind("fe_sendauth: no password supplied\n"), Kind::bad_password);
  EXPECT_EQ(kind("Connection refused\n\tIs the server running on that host and accepting TCP/IP "
                 "connections?\n"),
            Kind::refused);
  EXPECT_EQ(kind("No route to host\n\tIs the server running …?\n"), Kind::cannot_connect);
  EXPECT_EQ(kind("server closed the connection unexpectedly\n"), Kind::cannot_connect);
}

TEST(SqlError, TheMessageIsTheReasonAlone) {
  const auto server = postgres::connection_error(
      "connection to server at \"h\" (::1), port 1 failed: Connection refused\n\tIs the server "
      "running on that host?\n"
      "connection to server at \"h\" (1.2.3.4), port 1 failed: FATAL:  57P03: the database system "
      "is not accepting "
      "connections\nDETAIL:  Hot standby mode is disabled.\nLOCATION:  x, y.c:1\n");
  EXPECT_EQ(server.kind, Kind::starting_up);
  EXPECT_EQ(server.sqlstate, "57P03");
  EXPECT_EQ(server.message, "the database system is not accepting connections");
  const auto refused = postgres::connection_error(
      "connection to server on socket \"/x\" failed: Connection refused\n\tIs …\n");
  EXPECT_EQ(refused.message, "Connection refused");
}

TEST(SqlError, TlsAndPlainMayBeRefusedForDifferentReasons) {
  const std::string tls =
      "connection to server at \"h\" (::1), port 1 failed: FATAL:  28P01: password authentication "
      "failed\n";
  const std::string plain =
      "connection to server at \"h\" (::1), port 1 failed: FATAL:  28000: no encryption\n";
  EXPECT_EQ(postgres::connection_error(tls + plain).kind, Kind::bad_password);
  EXPECT_EQ(postgres::connection_error(plain + tls).kind, Kind::bad_password);
  EXPECT_EQ(postgres::connection_error(plain + plain).kind, Kind::rejected_by_hba);
}

TEST(Peer, S4OnlyAServerProvesACluster) {
  using postgres::PeerKind;
  for (const PeerKind kind : {PeerKind::unresolved, PeerKind::lookup_failed, PeerKind::refused,
                              PeerKind::unreachable, PeerKind::without_data}) {
    EXPECT_FALSE(postgres::cluster_is_there(kind));
  }
  for (const PeerKind kind : {PeerKind::bad_password, PeerKind::rejected_by_hba,
                              PeerKind::not_accepting, PeerKind::failed, PeerKind::answers}) {
    EXPECT_TRUE(postgres::cluster_is_there(kind));
  }
}

}  // namespace
