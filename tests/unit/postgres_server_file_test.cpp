#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

#include "postgres/server_file.hpp"

namespace {

namespace fs = std::filesystem;
using postgres::Occupant;

class ServerFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = "/tmp/pgordinal-test-XXXXXX";
    pgdata = mkdtemp(name.data());
    proc = pgdata / "proc";
  }
  void TearDown() override { fs::remove_all(pgdata); }
  void process(int pid, const std::string& comm, const fs::path& directory,
               char state = 'S') const {
    const fs::path entry = proc / std::to_string(pid);
    fs::create_directories(entry);
    std::ofstream(entry / "comm") << comm << "\n";
    std::ofstream(entry / "stat") << pid << " (" << comm << ") " << state << " 1 1 1";
    fs::create_directory_symlink(directory, entry / "cwd");
  }
  void server_file(const std::string& text) const {
    std::ofstream(pgdata / "postmaster.pid") << text;
  }
  fs::path pgdata;
  fs::path proc;
};

TEST_F(ServerFile, IsReadLineByLine) {
  const auto file =
      postgres::parse_server_file("41\n/data\n1700000000\n5432\n/run\n*\n  123 4\nready   \n");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->pid, 41);
  EXPECT_EQ(file->data_directory, "/data");
  EXPECT_EQ(file->start_time, 1700000000);
  EXPECT_EQ(file->port, 5432);
  EXPECT_EQ(file->socket_directory, "/run");
  EXPECT_EQ(file->listen_address, "*");
  EXPECT_EQ(file->phase, core::ServerPhase::ready);
}

TEST_F(ServerFile, MayBeHalfWritten) {
  EXPECT_EQ(postgres::parse_server_file("7\n/data\n")->phase, std::nullopt);
  EXPECT_EQ(postgres::parse_server_file("-7\n/data\n")->pid, 7);
  EXPECT_EQ(postgres::parse_server_file(""), std::nullopt);
  EXPECT_EQ(postgres::parse_server_file("hello\n"), std::nullopt);
  EXPECT_EQ(postgres::read_server_file(pgdata).value(), std::nullopt);
}

TEST_F(ServerFile, AStrangerDoesNotStopAStart) {
  server_file("77\n/data\n");
  process(77, "sleep", "/");
  const auto verdict = postgres::judge_server_file(pgdata, proc);
  EXPECT_EQ(verdict.occupant, Occupant::stranger);
  EXPECT_THAT(verdict.text, testing::HasSubstr("77 (sleep)"));
  EXPECT_EQ(postgres::grandparent_pid(verdict), "77");
}

TEST_F(ServerFile, ALiveServerOnTheSameDirectoryDoes) {
  server_file("77\n/data\n");
  process(77, "postgres", pgdata);
  const auto verdict = postgres::judge_server_file(pgdata, proc);
  EXPECT_EQ(verdict.occupant, Occupant::postgres);
  EXPECT_THAT(verdict.text, testing::HasSubstr("Stop it first"));
  EXPECT_EQ(postgres::grandparent_pid(verdict), std::nullopt);
}

TEST_F(ServerFile, AServerOnAnotherDirectoryAndAZombieAreStrangers) {
  process(77, "postgres", "/");
  process(78, "postgres", pgdata, 'Z');
  EXPECT_EQ(postgres::occupant(77, pgdata, proc), Occupant::stranger);
  EXPECT_EQ(postgres::occupant(77, {}, proc), Occupant::postgres)
      << "of a socket's lock file nobody knows the directory";
  EXPECT_EQ(postgres::occupant(78, pgdata, proc), Occupant::stranger);
  EXPECT_EQ(postgres::occupant(79, pgdata, proc), Occupant::nobody);
}

TEST_F(ServerFile, NoFileMeansNothingToDo) {
  EXPECT_EQ(postgres::judge_server_file(pgdata, proc).occupant, Occupant::nobody);
  EXPECT_EQ(postgres::grandparent_pid(postgres::judge_server_file(pgdata, proc)), std::nullopt);
}

TEST_F(ServerFile, AgreesWithTheKernelAboutRealProcesses) {
  const pid_t child = fork();
  if (child == 0) {
    pause();
    _exit(0);
  }
  EXPECT_EQ(postgres::occupant(child, pgdata), Occupant::stranger);
  kill(child, SIGKILL);
  siginfo_t ended{};
  waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT);
  EXPECT_EQ(postgres::occupant(child, pgdata), Occupant::stranger)
      << "a zombie is in PostgreSQL's way as well";
  waitpid(child, nullptr, 0);
  EXPECT_EQ(postgres::occupant(child, pgdata), Occupant::nobody);
}

TEST_F(ServerFile, ASocketLockThatNamesAStrangerIsRemovedAndNoOther) {
  process(77, "sleep", "/");
  process(78, "postgres", "/");
  std::ofstream(pgdata / ".s.PGSQL.5432.lock") << "77\n";
  std::ofstream(pgdata / ".s.PGSQL.5433.lock") << "78\n";
  EXPECT_TRUE(postgres::remove_stale_socket_lock(pgdata, 5432, proc));
  EXPECT_FALSE(fs::exists(pgdata / ".s.PGSQL.5432.lock"));
  EXPECT_FALSE(postgres::remove_stale_socket_lock(pgdata, 5433, proc));
  EXPECT_TRUE(fs::exists(pgdata / ".s.PGSQL.5433.lock"));
  EXPECT_FALSE(postgres::remove_stale_socket_lock(pgdata, 5434, proc));
}

}  // namespace
