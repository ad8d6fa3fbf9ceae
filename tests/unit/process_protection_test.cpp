#include <grp.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "process/exec.hpp"
#include "process/lock.hpp"
#include "process/privileges.hpp"
#include "process/protection.hpp"
#include "process_fixture.hpp"

namespace {

using process_test::Capture;
using process_test::in_a_copy;
using testing::Test;

std::string slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(ProcessProtection, K1NothingOfTheInitialEnvironmentStaysReadable) {
  const int failed = in_a_copy([] {
    if (slurp("/proc/self/environ").find("PATH=") == std::string::npos) return 1;
    const std::vector<std::string> whole = process::scrub_environment();
    const std::string left = slurp("/proc/self/environ");
    if (left.find_first_not_of('\0') != std::string::npos) return 2;
    bool path_returned = false;
    for (const std::string& entry : whole)
      path_returned = path_returned || entry.starts_with("PATH=");
    return path_returned ? 0 : 3;
  });
  EXPECT_EQ(failed, 0);
}

TEST(ProcessProtection, K1GetenvFindsOnlyWhatLibrariesNeedAfterTheScrub) {
  const int failed = in_a_copy([] {
    ::setenv("POSTGRES_PASSWORD", "geheim", 1);
    ::setenv("PGPASSWORD", "geheim", 1);
    ::setenv("LC_ALL", "C", 1);
    const std::vector<std::string> whole = process::scrub_environment();
    if (::getenv("POSTGRES_PASSWORD") != nullptr || ::getenv("PGPASSWORD") != nullptr) return 1;
    if (::getenv("PATH") == nullptr || std::string(::getenv("LC_ALL")) != "C") return 2;
    for (const std::string& entry : whole) {
      if (entry == "POSTGRES_PASSWORD=geheim") return 0;
    }
    return 3;
  });
  EXPECT_EQ(failed, 0);
}

TEST(ProcessProtection, K1AProcessThatIsNotDumpableKeepsItFromItsForksButNotFromWhatTheyExec) {
  Capture capture;
  const int failed = in_a_copy([&] {
    process::not_dumpable();
    if (::prctl(PR_GET_DUMPABLE) != 0) return 1;
    if (in_a_copy([] { return ::prctl(PR_GET_DUMPABLE); }) != 0) return 2;
    // Whoever owns /proc/PID is whom the kernel lets look: root for us, its own user for the child.
    auto pid = process::spawn({.program = "/usr/bin/stat",
                               .args = {"-c", "%U", "/proc/self/environ"},
                               .stdout_fd = capture.writer()});
    int status = 1;
    if (pid) ::waitpid(*pid, &status, 0);
    return status;
  });
  EXPECT_EQ(failed, 0);
  EXPECT_FALSE(capture.text().empty());
}

TEST(ProcessProtection, StandardDescriptorsAreOpenAfterwards) {
  const int failed = in_a_copy([] {
    ::close(0);
    ::close(2);
    process::ensure_standard_descriptors();
    for (int descriptor : {0, 1, 2})
      if (::fcntl(descriptor, F_GETFD) < 0) return descriptor + 1;
    const int next = ::open("/etc/passwd", O_RDONLY);
    return next > 2 ? 0 : 9;
  });
  EXPECT_EQ(failed, 0);
}

TEST(ProcessProtection, ASubreaperAdoptsItsDescendantsOrphans) {
  const int failed = in_a_copy([] {
    if (!process::become_subreaper()) return 1;
    int ends[2];
    if (::pipe(ends) != 0) return 2;
    if (::fork() == 0) {
      const pid_t grandchild = ::fork();
      if (grandchild == 0) {
        ::usleep(20'000);
        ::_exit(3);
      }
      (void)!::write(ends[1], &grandchild, sizeof(grandchild));
      ::_exit(0);
    }
    pid_t grandchild = 0;
    if (::read(ends[0], &grandchild, sizeof(grandchild)) != sizeof(grandchild)) return 3;
    for (;;) {
      int status = 0;
      const pid_t pid = ::waitpid(-1, &status, 0);
      if (pid < 0) return 4;
      if (pid == grandchild) return WEXITSTATUS(status) == 3 ? 0 : 5;
    }
  });
  EXPECT_EQ(failed, 0);
}

TEST(ProcessPrivileges, FindsAccountsInFiles) {
  process::pin_name_service();
  const auto root = process::find_account("root");
  ASSERT_TRUE(root) << root.error();
  EXPECT_EQ(root->uid, 0U);
  EXPECT_EQ(process::find_account(uid_t{0})->name, "root");
  EXPECT_FALSE(process::find_account(uid_t{3'999'999}));
  const auto nobody = process::find_account("no-such-user");
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error(),
            "there is no user \"no-such-user\" in /etc/passwd: create it in the image");
}

TEST(ProcessPrivileges, BecomesAnotherUserForGood) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
  const auto account = process::find_account("nobody");
  ASSERT_TRUE(account) << account.error();
  const int failed = in_a_copy([&] {
    if (!process::become(*account)) return 1;
    if (::getuid() != account->uid || ::getegid() != account->gid) return 2;
    if (::setuid(0) == 0 || ::setgid(0) == 0) return 3;
    gid_t groups[64];
    const int count = ::getgroups(64, groups);
    for (int i = 0; i < count; ++i)
      if (groups[i] == 0) return 4;
    return ::prctl(PR_GET_DUMPABLE) == 0 ? 0 : 5;
  });
  EXPECT_EQ(failed, 0);
}

TEST(ProcessPrivileges, SaysWhatToDoWithoutTheCapabilities) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to give up being root";
  Capture capture;
  in_a_copy([&] {
    const process::Account nobody{"nobody", 65534, 65534, "/"};
    if (!process::become(nobody)) return 1;
    const auto refused = process::become({"postgres", 999, 999, "/"});
    if (refused) return 2;
    (void)!::write(capture.writer(), refused.error().data(), refused.error().size());
    return 0;
  });
  const std::string text = capture.text();
  EXPECT_TRUE(text.starts_with("failed switching to \"postgres\": operation not permitted"))
      << text;
  EXPECT_NE(text.find("SETUID"), std::string::npos) << text;
}

class ProcessLock : public Test {
 protected:
  ProcessLock() {
    char name[] = "/tmp/process_lock.XXXXXX";
    directory_ = ::mkdtemp(name);
  }
  ~ProcessLock() override { std::filesystem::remove_all(directory_); }
  std::filesystem::path directory_;
};

TEST_F(ProcessLock, S8OneProcessPerDataDirectoryAndTheOtherIsToldWhoHoldsIt) {
  auto first = process::lock_directory(directory_);
  ASSERT_TRUE(first);
  const auto second = process::lock_directory(directory_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, process::LockError::Kind::held);
  EXPECT_NE(second.error().message.find("in use by another pgordinal"), std::string::npos);
  const std::string locks = slurp("/proc/locks");
  if (locks.find(" " + std::to_string(::getpid()) + " ") != std::string::npos) {
    EXPECT_NE(second.error().message.find("pid " + std::to_string(::getpid())), std::string::npos)
        << second.error().message;
  }
}

TEST_F(ProcessLock, EndsWithItsOwner) {
  {
    ASSERT_TRUE(process::lock_directory(directory_));
  }
  auto lock = process::lock_directory(directory_);
  ASSERT_TRUE(lock);
  process::Lock moved = *std::move(lock);
  EXPECT_FALSE(process::lock_directory(directory_));
}

TEST_F(ProcessLock, S8DoesNotReachAChildThatOutlivesUs) {
  Capture capture;
  in_a_copy([&] {
    auto lock = process::lock_directory(directory_);
    auto pid = process::spawn({.program = "/bin/sleep", .args = {"100"}});
    (void)!::write(capture.writer(), &*pid, sizeof(pid_t));
    return lock && pid ? 0 : 1;
  });
  pid_t survivor = 0;
  capture.text().copy(reinterpret_cast<char*>(&survivor), sizeof(survivor));
  const auto again = process::lock_directory(directory_);
  ::kill(survivor, SIGKILL);
  EXPECT_TRUE(again) << again.error().message;
}

TEST_F(ProcessLock, NamesWhatIsWrongWithTheDirectory) {
  const auto missing = process::lock_directory(directory_ / "gone");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, process::LockError::Kind::failed);
  EXPECT_NE(missing.error().message.find("gone"), std::string::npos);
}

TEST(ProcessExec, LeavesMaskAndDispositionsAsInherited) {
  Capture capture;
  const int failed = in_a_copy([&] {
    // Whatever runs the tests may have ignored some (a shell's background jobs: SIGINT, SIGQUIT).
    for (const int number : {SIGINT, SIGQUIT})
      std::signal(number, SIG_DFL);
    std::signal(SIGHUP, SIG_IGN);
    sigset_t usr2;
    sigemptyset(&usr2);
    sigaddset(&usr2, SIGUSR2);
    sigprocmask(SIG_SETMASK, &usr2, nullptr);
    const auto inherited = process::block_all();
    process::reset_dispositions();
    ::dup2(capture.writer(), 1);
    const auto failure =
        process::exec({"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"}, {}, inherited);
    return failure.exit_code();
  });
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(capture.text(), "SigBlk:\t0000000000000800\nSigIgn:\t0000000000000001\n");
}

TEST(ProcessExec, RunsAScriptWithoutAFirstLineAsAShellDoes) {
  char name[] = "/tmp/process_exec.XXXXXX";
  const int file = ::mkstemp(name);
  ASSERT_EQ(::write(file, "exit 11\n", 8), 8);
  ::fchmod(file, 0755);
  ::close(file);
  EXPECT_EQ(in_a_copy([&] { return process::exec({name}, {}, process::block_all()).exit_code(); }),
            11);
  ::unlink(name);
}

TEST(ProcessExec, C10ReturnsTheShellsCodes) {
  const auto inherited = process::block_all();
  const auto missing = process::exec({"no-such-program"}, {}, inherited);
  const auto directory = process::exec({"/tmp"}, {}, inherited);
  process::restore(inherited);
  EXPECT_EQ(missing.exit_code(), 127);
  EXPECT_EQ(missing.message, "exec: \"no-such-program\": executable file not found in $PATH");
  EXPECT_EQ(directory.exit_code(), 126);
}

}  // namespace
