#pragma once

#include <filesystem>
#include <fstream>

#include "process/fence.hpp"
#include "process_fixture.hpp"
#include "runtime/clock.hpp"

namespace process_test {

/// A data directory, and programs that look like PostgreSQL's: `postgres` sleeps, `initdb` and the
/// server of `shell_server` are shells.
class Servers : public Loop {
 protected:
  Servers() {
    char name[] = "/tmp/process_fence.XXXXXX";
    top = ::mkdtemp(name);
    for (const char* each : {"data", "elsewhere", "bin", "shells"})
      std::filesystem::create_directory(top / each);
    std::filesystem::create_directory(data() / "staging");
    program("/bin/sleep", "bin/postgres");
    program("/bin/sleep", "bin/archiver");
    program("/bin/sh", "shells/postgres");
    program("/bin/sh", "shells/initdb");
    program("/bin/sh", "shells/sh");
  }
  ~Servers() override {
    for (const process::Child& each : children.running())
      each.signal_group(SIGKILL);
    std::filesystem::remove_all(top);
  }

  [[nodiscard]] std::filesystem::path data() const { return top / "data"; }

  process::Child start(const std::string& program, const std::filesystem::path& directory,
                       std::vector<std::string> args = {"100"}) {
    auto child = children.start({.program = top / program,
                                 .args = std::move(args),
                                 .environment = {"PATH=/usr/bin:/bin"},
                                 .directory = directory});
    if (!child) std::abort();
    return *child;
  }

  /// A child of `shell` that runs the sleeping `postgres` in `directory`: its pid.
  pid_t start_below(const std::string& shell, const std::filesystem::path& where,
                    const std::filesystem::path& directory) {
    const std::filesystem::path note = top / "note";
    std::filesystem::remove(note);
    const std::string script = "(cd " + directory.string() + "; exec " +
                               (top / "bin/postgres").string() + " 100) & echo $! >" +
                               note.string() + ".new; mv " + note.string() + ".new " +
                               note.string() + "; wait";
    start(shell, where, {"-c", script});
    pid_t pid = 0;
    run_until([&] { return static_cast<bool>(std::ifstream(note) >> pid) && runs(pid); });
    return pid;
  }

  process::Fence fence() {
    auto started = process::Fence::start(data(), &runtime::now);
    EXPECT_TRUE(started) << started.error();
    return *std::move(started);
  }

  static core::Instant in(std::chrono::milliseconds time) { return runtime::now() + time; }

 private:
  void program(const char* of, const char* name) { std::filesystem::copy_file(of, top / name); }
  /// It has become the sleeping program.
  static bool runs(pid_t pid) {
    std::error_code error;
    const auto file = std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe", error);
    return file.parent_path().filename() == "bin";
  }

 protected:
  std::filesystem::path top;
};

}  // namespace process_test
