#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "postgres/bootstrap_marker.hpp"
#include "postgres/ownership.hpp"

namespace {

namespace fs = std::filesystem;
constexpr uid_t other_user = 4711;

class Ownership : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = "/tmp/pgordinal-test-XXXXXX";
    top = mkdtemp(name.data());
    chmod(top.c_str(), 0755);
  }
  void TearDown() override { fs::remove_all(top); }
  static struct stat look(const fs::path& path) {
    struct stat found{};
    lstat(path.c_str(), &found);
    return found;
  }
  static mode_t mode(const fs::path& path) { return look(path).st_mode & 07777U; }
  static void put(const fs::path& file) {
    fs::create_directories(file.parent_path());
    std::ofstream{file} << "x";
  }
  fs::path top;
};

TEST_F(Ownership, MakesADirectoryThatPostgresTakes) {
  const auto notes = postgres::prepare_data_directory(top / "a/b", std::nullopt);
  ASSERT_TRUE(notes) << notes.error().what;
  EXPECT_EQ(mode(top / "a/b"), 0700U);
  EXPECT_TRUE(notes->empty());
}

TEST_F(Ownership, ResetsWhatFsGroupAndGroupAccessLeft) {
  for (const mode_t found : {mode_t{02770}, mode_t{0750}}) {
    ASSERT_EQ(chmod(top.c_str(), found), 0);
    ASSERT_TRUE(postgres::prepare_data_directory(top, std::nullopt));
    EXPECT_EQ(mode(top), 0700U);
  }
}

TEST_F(Ownership, AsRootGivesTheTreeOnceAndNeverFollowsLinks) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  const fs::path pgdata = top / "data";
  put(pgdata / "base/1/1");
  put(top / "outside/file");
  fs::create_directory_symlink(top / "outside", pgdata / "link");
  const postgres::Account account{.uid = other_user, .gid = other_user};

  auto notes = postgres::prepare_data_directory(pgdata, account);

  ASSERT_TRUE(notes) << notes.error().what;
  EXPECT_EQ(notes->size(), 1U);
  for (const char* given : {"", "base", "base/1/1", "link"})
    EXPECT_EQ(look(pgdata / given).st_uid, other_user) << given;
  EXPECT_EQ(look(pgdata).st_gid, 0U) << "uid only, as upstream";
  EXPECT_EQ(look(top / "outside").st_uid, 0U);
  EXPECT_EQ(look(top / "outside/file").st_uid, 0U);

  put(pgdata / "new");  // by root, later: the top is right, so nobody walks
  notes = postgres::prepare_data_directory(pgdata, account);
  ASSERT_TRUE(notes);
  EXPECT_TRUE(notes->empty());
  EXPECT_EQ(look(pgdata / "new").st_uid, 0U);
}

/// What `check` returns in a child that is an ordinary user.
bool as_other_user(const std::function<bool()>& check) {
  const pid_t child = fork();
  if (child == 0) _exit(setgid(other_user) == 0 && setuid(other_user) == 0 && check() ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  return status == 0;
}

TEST_F(Ownership, ADirectoryOfSomebodyElseIsAProblemWithAWayOut) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  ASSERT_EQ(chmod(top.c_str(), 01777), 0);
  EXPECT_TRUE(as_other_user([this] {
    const auto refused = postgres::prepare_data_directory(top, std::nullopt);
    return !refused && refused.error().what.find("belongs to user 0") != std::string::npos &&
           refused.error().remedy.find((top / "pgdata").string()) != std::string::npos;
  }));
  EXPECT_TRUE(as_other_user(
      [this] { return postgres::prepare_data_directory(top / "sub", std::nullopt).has_value(); }));
  ASSERT_EQ(chmod(top.c_str(), 0755), 0);
  EXPECT_TRUE(as_other_user([this] {
    const auto refused = postgres::prepare_data_directory(top / "no", std::nullopt);
    return !refused && refused.error().what.find("Permission denied") != std::string::npos;
  }));
}

TEST_F(Ownership, AWaldirMustBeAbsoluteAndForInitdbEmpty) {
  EXPECT_FALSE(postgres::prepare_waldir("wal", std::nullopt, true));
  EXPECT_TRUE(postgres::prepare_waldir(top / "wal", std::nullopt, true));
  put(top / "wal/old");
  EXPECT_FALSE(postgres::prepare_waldir(top / "wal", std::nullopt, true));
  EXPECT_TRUE(postgres::prepare_waldir(top / "wal", std::nullopt, false));
}

TEST_F(Ownership, TheSocketDirectoryIsOpenAndItsFailuresAreNotes) {
  EXPECT_TRUE(postgres::prepare_socket_directory(top / "run/postgresql", std::nullopt).empty());
  EXPECT_EQ(mode(top / "run/postgresql"), 03775U);
  EXPECT_FALSE(postgres::prepare_socket_directory("/proc/no/such", std::nullopt).empty());
}

TEST_F(Ownership, AFullAndAReadOnlyVolumeAreNamed) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  if (mount("none", top.c_str(), "tmpfs", 0, "size=4k,nr_inodes=2") != 0)
    GTEST_SKIP() << "cannot mount here";
  std::ofstream(top / "filler") << std::string(8192, 'x');
  const auto full = postgres::write_marker(top, {});
  const bool changed = mount("none", top.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0;
  const auto read_only = postgres::write_marker(top, {});
  umount(top.c_str());
  ASSERT_FALSE(full);
  EXPECT_THAT(full.error().what, testing::HasSubstr("No space left on device"));
  EXPECT_THAT(full.error().remedy, testing::HasSubstr("full"));
  ASSERT_TRUE(changed);
  ASSERT_FALSE(read_only);
  EXPECT_THAT(read_only.error().what, testing::HasSubstr("Read-only file system"));
  EXPECT_THAT(read_only.error().remedy, testing::HasSubstr("read-only"));
}

}  // namespace
