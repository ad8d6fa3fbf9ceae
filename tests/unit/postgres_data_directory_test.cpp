#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "postgres/crc32c.hpp"
#include "postgres/data_directory.hpp"
#include "postgres/files.hpp"
#include "postgres/layout.hpp"

namespace {

namespace fs = std::filesystem;
using core::directory::Bootstrap;
using core::directory::Cluster;
using core::directory::Empty;
using core::directory::Unfinished;
using core::directory::Unusable;
using postgres::Marker;
using postgres::Phase;

constexpr std::uint64_t our_id = 7423456789012345678;

/// A PGDATA that looks like a cluster, without PostgreSQL.
class DataDirectory : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = "/tmp/pgordinal-test-XXXXXX";
    top = mkdtemp(name.data());
    pgdata = top / "data";
    fs::create_directory(pgdata);
  }
  void TearDown() override { fs::remove_all(top); }

  static void put(const fs::path& file, const std::string& text = "x") {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  static void make_cluster(const fs::path& where, std::uint64_t system_id = our_id) {
    for (const char* part : {"base/1", "global", "pg_tblspc", "pg_wal", "pg_xact"})
      fs::create_directories(where / part);
    std::string control(8192, '\0');
    const std::uint32_t version = 1700;
    memcpy(control.data(), &system_id, sizeof system_id);
    memcpy(control.data() + 8, &version, sizeof version);
    control[16] = 1;
    const std::uint32_t crc = postgres::crc32c(std::string_view(control).substr(0, 288));
    memcpy(control.data() + 288, &crc, sizeof crc);
    put(where / "global/pg_control", control);
    put(where / "postgresql.conf");
    put(where / "PG_VERSION", "17\n");
  }
  void mark(Phase phase, Bootstrap kind = Bootstrap::initdb) {
    Marker marker{.kind = kind,
                  .phase = phase,
                  .major = "17",
                  .system_id = std::nullopt,
                  .waldir = {},
                  .tablespaces = {}};
    if (phase != Phase::staging) marker.system_id = core::SystemId{our_id};
    ASSERT_TRUE(postgres::write_marker(pgdata, marker));
  }
  [[nodiscard]] std::string what() const {
    const auto content = postgres::inspect(pgdata);
    const auto* unusable = std::get_if<Unusable>(&content);
    return unusable == nullptr ? "usable" : unusable->what + " " + unusable->remedy;
  }
  template <class Kind>
  [[nodiscard]] bool is() const {
    return std::holds_alternative<Kind>(postgres::inspect(pgdata));
  }

  fs::path top;
  fs::path pgdata;
};

TEST_F(DataDirectory, AbsentOrWithoutEntriesIsEmpty) {
  EXPECT_TRUE(is<Empty>());
  fs::remove(pgdata);
  EXPECT_TRUE(is<Empty>());
}

TEST_F(DataDirectory, AMarkerThatWasNeverFinishedIsStillEmpty) {
  put(pgdata / "pgordinal.bootstrap.tmp");
  EXPECT_TRUE(is<Empty>());
}

TEST_F(DataDirectory, AClusterIsReadWithItsSignals) {
  make_cluster(pgdata);
  ASSERT_TRUE(postgres::set_standby_signal(pgdata, true));
  put(pgdata / "pgordinal.key", "secret");
  put(pgdata / "backup_label");  // of a restored backup: PostgreSQL's own business

  const auto content = postgres::inspect(pgdata);

  const auto* cluster = std::get_if<Cluster>(&content);
  ASSERT_NE(cluster, nullptr) << what();
  EXPECT_EQ(cluster->version, "17");
  EXPECT_EQ(cluster->control.system_id.number, our_id);
  EXPECT_TRUE(cluster->standby_signal);
  EXPECT_FALSE(cluster->recovery_signal);
  EXPECT_FALSE(cluster->promote_pending);
  EXPECT_TRUE(cluster->session_key);
}

TEST_F(DataDirectory, LostAndFoundBesideARealClusterIsFine) {
  make_cluster(pgdata);
  fs::create_directory(pgdata / "lost+found");
  EXPECT_TRUE(is<Cluster>());
}

TEST_F(DataDirectory, TheRootOfAFileSystemIsRefusedWithTheWayOut) {
  fs::create_directory(pgdata / "lost+found");
  EXPECT_THAT(what(), testing::AllOf(testing::HasSubstr("lost+found"),
                                     testing::HasSubstr("Set PGDATA to a directory")));
}

TEST_F(DataDirectory, HalfAClusterIsRefusedAndSaysWhatIsMissing) {
  make_cluster(pgdata);
  fs::remove_all(pgdata / "base");
  EXPECT_THAT(what(), testing::HasSubstr("base/1 is missing"));
  fs::create_directories(pgdata / "base/1");
  fs::resize_file(pgdata / "global/pg_control", 10);
  EXPECT_THAT(what(), testing::HasSubstr("10 bytes"));
  fs::remove(pgdata / "global/pg_control");
  EXPECT_THAT(what(), testing::HasSubstr("pg_control: the file is missing"));
  fs::resize_file(pgdata / "PG_VERSION", 0);
  EXPECT_THAT(what(), testing::HasSubstr("PG_VERSION is missing or empty"));
}

TEST_F(DataDirectory, APgWalOnAVolumeThatIsNotMountedIsNamed) {
  make_cluster(pgdata);
  fs::remove(pgdata / "pg_wal");
  fs::create_directory_symlink("/nonexistent/wal", pgdata / "pg_wal");
  EXPECT_THAT(what(), testing::HasSubstr("is a link to /nonexistent/wal"));
}

TEST_F(DataDirectory, OtherFilesAnUnknownVersionAndAFileAreRefused) {
  put(pgdata / "notes.txt");
  EXPECT_THAT(what(), testing::HasSubstr("notes.txt"));
  fs::remove(pgdata / "notes.txt");
  make_cluster(pgdata);
  put(pgdata / "PG_VERSION", "12\n");
  EXPECT_THAT(what(), testing::HasSubstr("PostgreSQL \"12\""));
  pgdata = pgdata / "PG_VERSION";
  EXPECT_THAT(what(), testing::HasSubstr("not a directory"));
}

TEST_F(DataDirectory, S7AnUnfinishedBootstrapIsSeenInEveryPhase) {
  mark(Phase::staging);
  make_cluster(postgres::staging_directory(pgdata));
  EXPECT_TRUE(is<Unfinished>());
  mark(Phase::adopting, Bootstrap::clone);
  EXPECT_EQ(std::get<Unfinished>(postgres::inspect(pgdata)).kind, Bootstrap::clone);
  mark(Phase::init);
  make_cluster(pgdata);
  EXPECT_TRUE(is<Unfinished>());
  fs::resize_file(pgdata / "global/pg_control",
                  0);  // a power cut while the temporary server ran without fsync
  EXPECT_TRUE(is<Unfinished>());
}

TEST_F(DataDirectory, S5ABackupRestoredBesideTheMarkerIsNeverDiscarded) {
  mark(Phase::staging);
  make_cluster(pgdata);
  EXPECT_TRUE(is<Unusable>());
  EXPECT_FALSE(postgres::discard(pgdata));
  mark(Phase::init);
  make_cluster(pgdata, our_id + 1);
  EXPECT_THAT(what(), testing::HasSubstr("another one"));
  EXPECT_FALSE(postgres::discard(pgdata));
  EXPECT_TRUE(fs::exists(pgdata / "base/1"));
}

TEST_F(DataDirectory, S5WithoutAMarkerNothingIsDiscarded) {
  make_cluster(pgdata);
  EXPECT_FALSE(postgres::discard(pgdata));
  EXPECT_TRUE(is<Cluster>());
}

TEST_F(DataDirectory, AMarkerThatCannotBeReadIsRefused) {
  put(pgdata / "pgordinal.bootstrap", "kind=initdb\nphase=lunch\n");
  EXPECT_THAT(what(), testing::HasSubstr("phase=lunch"));
  put(pgdata / "pgordinal.bootstrap", "kind=initdb\nphase=stag");
  EXPECT_THAT(what(), testing::HasSubstr("cut off"));
}

TEST_F(DataDirectory, DiscardTakesWalTablespacesAndAllOfPgdataButFollowsNoOtherLink) {
  const fs::path wal = top / "wal";
  const fs::path space = top / "space";
  const fs::path later = top / "later";
  const fs::path bystander = top / "bystander";
  put(wal / "000000010000000000000001");
  put(space / "PG_17_202406281/5/1");
  put(space / "PG_16_202307071/5/1");
  put(later / "PG_17_202406281/5/1");
  put(bystander / "photo");
  make_cluster(pgdata);
  fs::remove(pgdata / "pg_wal");
  fs::create_directory_symlink(wal, pgdata / "pg_wal");
  fs::create_directory_symlink(space, pgdata / "pg_tblspc/16385");
  fs::create_directory_symlink(bystander, pgdata / "base/2");
  const Marker marker{.kind = Bootstrap::initdb,
                      .phase = Phase::init,
                      .major = "17",
                      .system_id = core::SystemId{our_id},
                      .waldir = wal,
                      .tablespaces = {later}};
  ASSERT_TRUE(postgres::write_marker(pgdata, marker));

  const auto done = postgres::discard(pgdata);

  ASSERT_TRUE(done) << done.error().what;
  EXPECT_TRUE(fs::is_empty(pgdata));
  EXPECT_TRUE(fs::is_empty(wal));
  EXPECT_TRUE(fs::is_empty(later));
  EXPECT_FALSE(fs::exists(space / "PG_17_202406281"));
  EXPECT_TRUE(fs::exists(space / "PG_16_202307071/5/1"));
  EXPECT_TRUE(fs::exists(bystander / "photo"));
  EXPECT_TRUE(is<Empty>());
}

TEST_F(DataDirectory, AdoptingMovesAllUpAndMayBeRepeatedFromAnyPoint) {
  const fs::path staging = postgres::staging_directory(pgdata);
  make_cluster(staging);
  mark(Phase::staging, Bootstrap::clone);
  EXPECT_FALSE(postgres::adopt_staged(pgdata));
  mark(Phase::adopting, Bootstrap::clone);
  put(staging / "pgordinal.conf", "of the primary");
  put(staging / "pgordinal.bootstrap", "of the primary");
  put(staging / "pgordinal.key", "key");
  put(pgdata / "pgordinal.passfile", "ours");
  fs::rename(staging / "base", pgdata / "base");  // killed after the first of the renames
  EXPECT_TRUE(is<Unfinished>());

  const auto done = postgres::adopt_staged(pgdata);

  ASSERT_TRUE(done) << done.error().what;
  EXPECT_TRUE(postgres::adopt_staged(pgdata)) << "and once more, killed before the marker went";
  EXPECT_FALSE(fs::exists(staging));
  EXPECT_FALSE(fs::exists(pgdata / "pgordinal.conf"));
  EXPECT_EQ(*postgres::read_file(pgdata / "pgordinal.key"), "key");
  EXPECT_EQ(*postgres::read_file(pgdata / "pgordinal.passfile"), "ours");
  ASSERT_TRUE(postgres::remove_marker(pgdata));
  EXPECT_TRUE(is<Cluster>()) << what();
}

TEST_F(DataDirectory, AdoptingOverwritesNothing) {
  make_cluster(postgres::staging_directory(pgdata));
  mark(Phase::adopting);
  put(pgdata / "postgresql.conf", "mine");
  const auto done = postgres::adopt_staged(pgdata);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().what, testing::HasSubstr("postgresql.conf"));
  EXPECT_EQ(*postgres::read_file(pgdata / "postgresql.conf"), "mine");
  EXPECT_FALSE(fs::exists(pgdata / "PG_VERSION"));
}

TEST_F(DataDirectory, TheMarkerKeepsAllItSays) {
  const Marker marker{.kind = Bootstrap::clone,
                      .phase = Phase::adopting,
                      .major = "18",
                      .system_id = core::SystemId{42},
                      .waldir = "/wal dir/=x",
                      .tablespaces = {"/a", "/b"}};
  const auto read = postgres::parse_marker(postgres::to_text(marker));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(*read, marker);
}

TEST_F(DataDirectory, StandbySignalComesAndGoesAndReplacesRecoverySignal) {
  put(pgdata / "recovery.signal", "");
  ASSERT_TRUE(postgres::set_standby_signal(pgdata, true));
  EXPECT_TRUE(fs::exists(pgdata / "standby.signal"));
  EXPECT_FALSE(fs::exists(pgdata / "recovery.signal"));
  ASSERT_TRUE(postgres::set_standby_signal(pgdata, true));
  ASSERT_TRUE(postgres::set_standby_signal(pgdata, false));
  ASSERT_TRUE(postgres::set_standby_signal(pgdata, false));
  EXPECT_FALSE(fs::exists(pgdata / "standby.signal"));
}

TEST_F(DataDirectory, AFileIsWrittenOnlyWhenItChanges) {
  const fs::path file = pgdata / "some.conf";
  EXPECT_TRUE(postgres::write_file_atomically(file, "a\n", 0600).value());
  EXPECT_FALSE(postgres::write_file_atomically(file, "a\n", 0600).value());
  EXPECT_TRUE(postgres::write_file_atomically(file, "a\n", 0640).value());
  EXPECT_TRUE(postgres::write_file_atomically(file, "b\n", 0640).value());
  struct stat found{};
  ASSERT_EQ(stat(file.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777U, 0640U);
  EXPECT_FALSE(fs::exists(pgdata / "some.conf.tmp"));
  EXPECT_EQ(postgres::read_file(pgdata / "none").value(), std::nullopt);
  EXPECT_FALSE(postgres::read_file(pgdata));
  EXPECT_GT(postgres::volume_size(pgdata), 1000000U);
  EXPECT_EQ(postgres::volume_size("/nonexistent"), 0U);
}

TEST_F(DataDirectory, AUsersFileIsEditedWhereALinkLeadsAndKeepsItsMode) {
  put(top / "etc/postgresql.conf", "a\n");
  fs::permissions(top / "etc/postgresql.conf", fs::perms(0640));
  fs::create_symlink(top / "etc/postgresql.conf", pgdata / "postgresql.conf");
  const auto add = [](std::string_view text) {
    return text == "a\n" ? "a\nb\n" : std::string(text);
  };
  EXPECT_TRUE(postgres::edit_file(pgdata / "postgresql.conf", add).value());
  EXPECT_FALSE(postgres::edit_file(pgdata / "postgresql.conf", add).value());
  EXPECT_TRUE(fs::is_symlink(pgdata / "postgresql.conf"));
  EXPECT_EQ(*postgres::read_file(top / "etc/postgresql.conf"), "a\nb\n");
  EXPECT_EQ(fs::status(top / "etc/postgresql.conf").permissions(), fs::perms(0640));
  EXPECT_TRUE(
      postgres::edit_file(pgdata / "new.conf", [](std::string_view) { return "x"; }).value());
}

}  // namespace
