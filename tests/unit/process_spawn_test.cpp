#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cstddef>
#include <filesystem>
#include <fstream>

#include "process_fixture.hpp"

namespace {

using process::SpawnError;
using process_test::Capture;
using process_test::in_a_copy;
using process_test::Loop;

class ProcessSpawn : public Loop {
 protected:
  ProcessSpawn() {
    char name[] = "/tmp/process_spawn.XXXXXX";
    directory_ = ::mkdtemp(name);
  }
  ~ProcessSpawn() override { std::filesystem::remove_all(directory_); }

  std::string file(const std::string& name, const std::string& text, int mode) {
    const std::string path = directory_ / name;
    std::ofstream(path) << text;
    std::filesystem::permissions(path, std::filesystem::perms(mode));
    return path;
  }

  std::string output_of(process::Command command) {
    Capture capture;
    command.stdout_fd = capture.writer();
    auto child = children.start(command);
    EXPECT_TRUE(child) << child.error().message;
    if (!child) return "";
    run_until([&] { return !child->running(); });
    return capture.text();
  }

  std::filesystem::path directory_;
};

TEST_F(ProcessSpawn, GivesArgumentsEnvironmentAndDirectoryExactly) {
  auto command = shell("echo \"$0|$1|$A|${HOME-none}|$PWD\"");
  command.args.insert(command.args.end(), {"zero", "two words"});
  command.environment = {"A=b c"};
  command.directory = directory_;
  EXPECT_EQ(output_of(command), "zero|two words|b c|none|" + directory_.string() + "\n");
}

TEST_F(ProcessSpawn, UsesAnotherArgv0WhenAsked) {
  EXPECT_EQ(
      output_of({.program = "cat", .args = {"/proc/self/cmdline"}, .argv0 = "dog"}).substr(0, 4),
      std::string("dog\0", 4));
}

TEST_F(ProcessSpawn, ChildGetsACleanMaskAndDefaultDispositions) {
  const std::string text = output_of(shell("grep -E '^Sig(Blk|Ign)' /proc/self/status"));
  EXPECT_EQ(text, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_F(ProcessSpawn, ChildLeadsAProcessGroupOfItsOwnUnlessAskedNotTo) {
  auto command = shell("cut -d' ' -f5 /proc/$$/stat; echo $$");
  const std::string own = output_of(command);
  EXPECT_EQ(own.substr(0, own.find('\n')),
            own.substr(own.find('\n') + 1, own.size() - own.find('\n') - 2));
  command.own_group = false;
  EXPECT_TRUE(output_of(command).starts_with(std::to_string(::getpgrp()) + "\n"));
}

TEST_F(ProcessSpawn, NoDescriptorOfOursReachesTheChild) {
  // Boost 1.83's own clean-up leaves the numbers below its pipe open.
  std::vector<int> leaky;
  leaky.reserve(20);
  for (int i = 0; i < 20; ++i)
    leaky.push_back(::open("/etc/passwd", O_RDONLY));  // no O_CLOEXEC, on purpose
  const std::string text = output_of({.program = "/bin/ls", .args = {"/proc/self/fd"}});
  for (int descriptor : leaky)
    ::close(descriptor);
  EXPECT_EQ(text, "0\n1\n2\n3\n");  // 3 is ls reading that very directory
}

TEST_F(ProcessSpawn, StandardInputIsAtItsEndUnlessGiven) {
  EXPECT_EQ(output_of({.program = "/bin/cat"}), "");
  const int input = ::open(file("input", "hello", 0600).c_str(), O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(output_of({.program = "/bin/cat", .stdin_fd = input}), "hello");
  ::close(input);
}

TEST_F(ProcessSpawn, StandardDescriptorsMayBeSwapped) {
  Capture out;
  Capture err;
  const int failed = in_a_copy([&] {
    ::dup2(out.writer(), 1);
    ::dup2(err.writer(), 2);
    auto command = shell("echo out; echo err >&2");
    command.stdout_fd = 2;
    command.stderr_fd = 1;
    auto pid = process::spawn(command);
    if (!pid) return 1;
    int status = 0;
    ::waitpid(*pid, &status, 0);
    return status;
  });
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(out.text(), "err\n");
  EXPECT_EQ(err.text(), "out\n");
}

TEST_F(ProcessSpawn, ParentDeathSignalReachesTheChild) {
  Capture capture;
  const int failed = in_a_copy([&] {
    auto command =
        shell("trap 'echo told; exit' USR1; echo ready >&2; while :; do sleep 0.01; done");
    command.stdout_fd = capture.writer();
    command.parent_death_signal = SIGUSR1;
    Capture ready;
    command.stderr_fd = ready.writer();
    if (!process::spawn(command)) return 1;
    char byte = 0;
    char more = 0;
    // Read by hand: the writer stays open in the child.
    while (more != '\n') {
      if (::read(ready.reader(), &more, 1) != 1) return 2;
      byte = more;
    }
    return byte == '\n' ? 0 : 3;
  });
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(capture.text(), "told\n");
}

TEST_F(ProcessSpawn, TellsAMissingProgramFromOneThatMayNotRun) {
  const auto missing =
      process::spawn({.program = "no-such-program", .environment = {"PATH=/usr/bin:/bin"}});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, SpawnError::Kind::not_found);
  EXPECT_EQ(missing.error().exit_code(), 127);
  EXPECT_EQ(missing.error().message,
            "exec: \"no-such-program\": executable file not found in $PATH");

  const auto plain = process::spawn({.program = file("plain", "text", 0644)});
  ASSERT_FALSE(plain);
  EXPECT_EQ(plain.error().kind, SpawnError::Kind::not_executable);
  EXPECT_EQ(plain.error().exit_code(), 126);

  const auto directory = process::spawn({.program = directory_});
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().exit_code(), 126);

  const auto gone = process::spawn({.program = directory_ / "gone"});
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().exit_code(), 127);
}

TEST_F(ProcessSpawn, ErrorsOfTheExecItselfComeBackAndTheChildIsNoOrphan) {
  const auto interpreter = children.start({.program = file("script", "#!/no/such/shell\n", 0755)});
  ASSERT_FALSE(interpreter);
  EXPECT_EQ(interpreter.error().exit_code(), 127);
  EXPECT_NE(interpreter.error().message.find("its interpreter is not"), std::string::npos);

  const auto garbage = children.start({.program = file("garbage", "no first line\n", 0755)});
  ASSERT_FALSE(garbage);
  EXPECT_EQ(garbage.error().exit_code(), 126);
  EXPECT_EQ(garbage.error().error, ENOEXEC);

  auto elsewhere = shell("true");
  elsewhere.directory = directory_ / "nowhere";
  const auto lost = children.start(elsewhere);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().exit_code(), 1);
  EXPECT_NE(lost.error().message.find("cannot enter the directory"), std::string::npos);

  run_until([&] { return reaper.childless(); });
  EXPECT_EQ(reaper.orphans(), 0U);
}

TEST_F(ProcessSpawn, SearchesThePathOfTheGivenEnvironment) {
  file("tool", "#!/bin/sh\necho mine\n", 0755);
  EXPECT_EQ(output_of({.program = "tool", .environment = {"PATH=/usr/bin:" + directory_.string()}}),
            "mine\n");

  // A file that may not run does not hide a later one that may.
  std::filesystem::create_directory(directory_ / "first");
  file("first/tool", "", 0644);
  const std::string path = "PATH=" + (directory_ / "first").string() + ":" + directory_.string();
  EXPECT_EQ(process::find_program("tool", {path}).value(), (directory_ / "tool").string());
  EXPECT_EQ(process::find_program("tool", {"PATH=" + (directory_ / "first").string()})
                .error()
                .exit_code(),
            126);
}

TEST_F(ProcessSpawn, PrefersTheToolBesideTheServerToAWrapperThatIsFirstOnThePath) {
  std::filesystem::create_directory(directory_ / "wrappers");
  file("wrappers/tool", "#!/bin/sh\n", 0755);
  file("wrappers/client", "#!/bin/sh\n", 0755);
  file("server", "#!/bin/sh\n", 0755);
  file("tool", "#!/bin/sh\n", 0755);
  const std::vector<std::string> environment{"PATH=" + (directory_ / "wrappers").string() + ":" +
                                             directory_.string()};

  EXPECT_EQ(process::find_beside("server", "tool", environment), (directory_ / "tool").string());
  EXPECT_EQ(process::find_beside("server", "client", environment), "client");
  EXPECT_EQ(process::find_beside("no-server", "tool", environment), "tool");
}

// Old kernels, gVisor and old seccomp profiles refuse these two calls.
void refuse(long call) {
  sock_filter filter[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(call), 0, 1),
                          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
                          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  sock_fprog program{.len = 4, .filter = filter};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

TEST_F(ProcessSpawn, WorksWithoutPidfdOpen) {
  const int failed = in_a_copy([&] {
    refuse(SYS_pidfd_open);
    auto pid = process::spawn(shell("exit 4"));
    if (!pid) return 1;
    int status = 0;
    if (::waitpid(*pid, &status, 0) != *pid) return 2;
    return WEXITSTATUS(status) == 4 ? 0 : 3;
  });
  EXPECT_EQ(failed, 0);
}

TEST_F(ProcessSpawn, LeaksNoDescriptorWithoutCloseRange) {
  Capture capture;
  const int failed = in_a_copy([&] {
    refuse(SYS_close_range);
    for (int i = 0; i < 5; ++i)
      (void)::open("/etc/passwd", O_RDONLY);
    auto pid = process::spawn(
        {.program = "/bin/ls", .args = {"/proc/self/fd"}, .stdout_fd = capture.writer()});
    if (!pid) return 1;
    int status = 0;
    ::waitpid(*pid, &status, 0);
    return status;
  });
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(capture.text(), "0\n1\n2\n3\n");
}

TEST_F(ProcessSpawn, NobodyButTheReaperWaitsForOrSignalsTheChild) {
  // The handle that Boost keeps is gone when spawn returns: were it not detached, it would kill the
  // child and wait.
  auto pid = process::spawn(shell("sleep 0.2; exit 9"));
  ASSERT_TRUE(pid);
  EXPECT_EQ(::kill(*pid, 0), 0);
  std::optional<core::ExitStatus> status;
  reaper.watch(*pid, [&](core::ExitStatus how) { status = how; });
  run_until([&] { return status.has_value(); });
  EXPECT_EQ(*status, (core::ExitStatus{.by_signal = false, .number = 9}));
}

}  // namespace
