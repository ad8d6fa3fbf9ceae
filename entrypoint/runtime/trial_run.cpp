#include "runtime/trial_run.hpp"

#include <fcntl.h>

#include <csignal>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "postgres/descriptor.hpp"
#include "process/children.hpp"
#include "process/reaper.hpp"
#include "process/signals.hpp"

namespace runtime {
namespace {

namespace asio = boost::asio;
using Ran = std::expected<void, std::string>;

constexpr core::Duration budget = std::chrono::seconds(10);
constexpr core::Duration to_die = std::chrono::seconds(1);

asio::awaitable<void> reap(process::SignalSource& signals, process::Reaper& reaper) {
  // Other signals wait: a trial is short, and its caller decides what a stop means.
  for (;;) {
    const auto signal = co_await signals.next();
    if (!signal) co_return;
    if (signal->number == SIGCHLD) reaper.reap();
  }
}

asio::awaitable<void> run(process::Children& children, process::Command command, Ran& ran) {
  const auto child = children.start(command);
  if (!child) {
    ran = std::unexpected(child.error().message);
    co_return;
  }
  const auto status = co_await child->exit_within(budget);
  if (!status) {
    co_await child->stop(SIGKILL, to_die);
    ran = std::unexpected("it was not done after 10 s");
  } else if (status->code() != 0) {
    ran = std::unexpected("it ended with status " + std::to_string(status->code()));
  }
}

}  // namespace

Ran trial_run(const std::string& program, std::vector<std::string> args) {
  const postgres::Descriptor nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  asio::io_context loop(1);
  auto signals = process::SignalSource::open(loop.get_executor());
  if (!signals) return std::unexpected(signals.error());
  process::Reaper reaper(loop.get_executor());
  process::Children children(loop.get_executor(), reaper);
  // An empty PATH would mean the working directory.
  process::Command command{
      .program = program, .args = std::move(args), .environment = {"PATH=/nonexistent"}};
  command.stdout_fd = nowhere.number();
  command.stderr_fd = nowhere.number();

  Ran ran;
  asio::co_spawn(loop, reap(*signals, reaper), asio::detached);
  asio::co_spawn(loop, run(children, std::move(command), ran),
                 [&loop](const std::exception_ptr&) { loop.stop(); });
  loop.run();
  return ran;
}

}  // namespace runtime
