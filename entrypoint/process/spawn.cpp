#include "process/spawn.hpp"

#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <boost/asio/io_context.hpp>
#include <boost/process/v2/posix/default_launcher.hpp>
#include <boost/process/v2/process.hpp>

#include "process/descriptors.hpp"
#include "process/signals.hpp"

namespace process {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// Added to the errno that the child reports: it was about the directory, not about the program.
constexpr int about_the_directory = 1 << 16;

// What Boost's launcher calls around fork and exec.
class Setup {
 public:
  explicit Setup(const Command& command) : command_(command), parent_(::getpid()) {
    arguments_.push_back((command.argv0 ? *command.argv0 : command.program).c_str());
    for (const std::string& argument : command.args)
      arguments_.push_back(argument.c_str());
    arguments_.push_back(nullptr);
    for (const std::string& entry : command.environment)
      environment_.push_back(entry.c_str());
    environment_.push_back(nullptr);
  }

  template <class Launcher>
  error_code on_setup(Launcher& launcher, const std::filesystem::path&,
                      const char* const*& arguments) const {
    launcher.env = environment_.data();
    arguments = arguments_.data();
    return {};
  }

  // In the child. The launcher reports errno, so errno must hold what went wrong.
  template <class Launcher>
  error_code on_exec_setup(Launcher&, const std::filesystem::path&, const char* const*&) const {
    const int error = become_the_child();
    errno = error;
    return {error, boost::system::system_category()};
  }

  // In the child, after the report: the launcher would call exit(), which runs our atexit handlers
  // a second time.
  template <class... Arguments>
  void on_exec_error(Arguments&&...) const {
    ::_exit(127);
  }

 private:
  int become_the_child() const {
    if (command_.own_group && ::setpgid(0, 0) != 0) return errno;
    if (command_.foreground) ::tcsetpgrp(STDIN_FILENO, ::getpgrp());  // SIGTTOU is still blocked
    if (const int error =
            place_standard_descriptors(command_.stdin_fd, command_.stdout_fd, command_.stderr_fd))
      return error;
    if (!command_.directory.empty() && ::chdir(command_.directory.c_str()) != 0)
      return errno | about_the_directory;
    // Boost 1.83's close_all compares an entry with itself and so leaves 3 up to its own pipe open.
    close_above_standard_on_exec();
    if (command_.parent_death_signal) {
      ::prctl(PR_SET_PDEATHSIG, *command_.parent_death_signal);
      if (::getppid() != parent_) ::raise(*command_.parent_death_signal);
    }
    reset_dispositions();
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    return 0;
  }

  const Command& command_;
  pid_t parent_;
  std::vector<const char*> arguments_;
  std::vector<const char*> environment_;
};

SpawnError failure(const Command& command, int error, pid_t child) {
  using Kind = SpawnError::Kind;
  const int number = error & ~about_the_directory;
  if (child > 0 && number == error) {
    SpawnError result = exec_refused(command.program, error);
    result.child = child;
    return result;
  }
  std::string what = "cannot start \"" + command.program + "\": ";
  if (number != error) what += "cannot enter the directory \"" + command.directory + "\": ";
  return {.kind = Kind::failed,
          .error = number,
          .message = what + std::strerror(number),
          .child = child};
}

}  // namespace

std::expected<pid_t, SpawnError> spawn(const Command& command) {
  auto file = find_program(command.program, command.environment);
  if (!file) return std::unexpected(std::move(file.error()));

  // A context of its own: the launcher tells it of the fork, and asio's answer to that on the
  // program's own loop is to join the resolver's thread, which may sit in a DNS time-out.
  asio::io_context context(1);
  boost::process::v2::posix::default_launcher launcher;
  error_code error;
  try {
    Setup setup(command);
    // `args` would become argv from 1 on; Setup puts the whole argv there.
    auto started = launcher(context.get_executor(), error, std::filesystem::path(*file),
                            std::vector<std::string>{}, setup);
    if (!error) return started.detach().id();
  } catch (const std::exception& problem) {
    // Thrown after the exec, by a kernel or a seccomp filter without pidfd_open: the child runs all
    // the same.
    if (launcher.pid > 0) return launcher.pid;
    return std::unexpected(
        SpawnError{.kind = SpawnError::Kind::failed, .error = 0, .message = problem.what()});
  }
  return std::unexpected(failure(command, error.value(), launcher.pid));
}

}  // namespace process
