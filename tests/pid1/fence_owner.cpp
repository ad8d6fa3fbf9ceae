// Stands for PID 1 in the fence's tests: owns a fence and a server, and does what it is told.
//
//   fence_owner PGDATA COMMAND...
//
// Becomes PGDATA's owner for good, starts the fence, then COMMAND (the server), and reads words
// from its standard input, one a line: `arm MS`, `move MS`, `disarm`, `restart`, `server` (starts
// COMMAND again), `state`, `hang` (never returns to the loop). Each answers with one line; the end
// of the fence and of the server are lines as well. Ends at the end of its input.

#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <iostream>
#include <sstream>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "process/fence.hpp"
#include "process/privileges.hpp"
#include "process/protection.hpp"
#include "process/reaper.hpp"
#include "process/signals.hpp"
#include "process/spawn.hpp"

namespace {

namespace asio = boost::asio;

core::Instant boot_time() {
  timespec time{};
  ::clock_gettime(CLOCK_BOOTTIME, &time);
  return core::Instant{std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec}};
}

template <class Value>
Value must(std::expected<Value, std::string> result) {
  if (result) return std::move(*result);
  std::cout << "failed: " << result.error() << std::endl;
  ::_exit(1);
}

class Owner {
 public:
  Owner(process::Fence fence, process::Command server)
      : fence_(std::move(fence)), server_(std::move(server)), reaper_(loop_.get_executor()) {}

  void run() {
    watch_fence();
    start();
    asio::co_spawn(loop_, read_signals(), asio::detached);
    asio::co_spawn(loop_, read_words(), asio::detached);
    loop_.run();
  }

 private:
  void watch_fence() {
    fence_.watch(reaper_, [](core::ExitStatus) { std::cout << "fence ended" << std::endl; });
  }

  void start() {
    const auto pid = process::spawn(server_);
    if (!pid) {
      std::cout << "failed: " << pid.error().message << std::endl;
      return;
    }
    reaper_.watch(*pid, [](core::ExitStatus status) {
      std::cout << "server ended " << status.code() << std::endl;
    });
    std::cout << "server " << *pid << std::endl;
  }

  asio::awaitable<void> read_signals() {
    auto source = must(process::SignalSource::open(loop_.get_executor()));
    while (const auto signal = co_await source.next()) {
      if (signal->number == SIGCHLD) reaper_.reap();
    }
  }

  asio::awaitable<void> read_words() {
    asio::posix::stream_descriptor input(loop_, ::dup(STDIN_FILENO));
    std::string text;
    for (;;) {
      const std::size_t size = co_await asio::async_read_until(input, asio::dynamic_buffer(text),
                                                               '\n', asio::use_awaitable);
      std::istringstream line(text.substr(0, size));
      text.erase(0, size);
      std::string word;
      int milliseconds = 0;
      line >> word >> milliseconds;
      obey(word, boot_time() + std::chrono::milliseconds(milliseconds));
    }
  }

  void obey(const std::string& word, core::Instant deadline) {
    if (word == "hang") {
      for (;;) {
      }
    }
    if (word == "server") return start();
    if (word == "arm") fence_.arm(deadline);
    if (word == "move" && !fence_.move(deadline)) word_ = "refused ";
    if (word == "disarm") fence_.disarm();
    if (word == "restart") {
      if (const auto done = fence_.restart(); !done) word_ = done.error();
      watch_fence();
    }
    if (word == "state") return state();
    std::cout << std::exchange(word_, "") << word << ' ' << deadline.time_since_epoch().count()
              << std::endl;
  }

  void state() {
    const auto servers = must(fence_.servers());
    std::cout << "state " << fence_.pid() << ' ' << fence_.heartbeat() << ' ' << fence_.killed()
              << ' ' << servers.size() << std::endl;
  }

  asio::io_context loop_{1};
  process::Fence fence_;
  process::Command server_;
  process::Reaper reaper_;
  std::string word_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  process::block_all();
  process::reset_dispositions();
  process::pin_name_service();
  struct stat owner{};
  if (::stat(argv[1], &owner) != 0) return 2;
  const auto account = process::find_account(owner.st_uid);
  if (!account || !process::become(*account)) return 2;
  if (::getpid() != 1) process::become_subreaper();
  process::Fence fence = must(process::Fence::start(argv[1], &boot_time));
  process::Command server{.program = argv[2], .args = {argv + 3, argv + argc}};
  server.environment = {"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"};
  try {
    Owner(std::move(fence), std::move(server)).run();
  } catch (const std::exception&) {
    ::_exit(0);  // the end of the input
  }
  return 0;
}
