#include "runtime/orders.hpp"

#include <csignal>
#include <exception>
#include <iostream>
#include <optional>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "http/control.hpp"
#include "process/signals.hpp"

namespace runtime {
namespace {

using Outcome = std::expected<http::Said, http::ControlError>;

constexpr int refused = 1;
constexpr int usage = 2;
// Longer than PID 1 itself gives an order (http::ControlServer).
constexpr auto patience = std::chrono::seconds(150);

/// CLI11's own texts, but our exit status.
std::optional<int> parse(CLI::App& app, const std::vector<std::string>& args) {
  try {
    app.parse(std::vector<std::string>(args.rbegin(), args.rend()));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : usage;
  }
  return {};
}

boost::asio::awaitable<void> keep(boost::asio::awaitable<Outcome> work, Outcome& result) {
  result = co_await std::move(work);
}

/// main has blocked all signals. Ends without a word where they cannot be read: then only SIGKILL
/// ends the command before its time.
boost::asio::awaitable<void> heed_signals(process::SignalSource& signals,
                                          boost::asio::io_context& loop) {
  for (;;) {
    const auto received = co_await signals.next();
    if (!received) co_return;
    const int number = received->number;
    if (number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT) loop.stop();
  }
}

int give(const http::Order& order) {
  boost::asio::io_context loop;
  Outcome outcome = std::unexpected(http::ControlError{.message = "interrupted"});
  boost::asio::co_spawn(loop, keep(http::give(loop.get_executor(), order, patience), outcome),
                        [&loop](const std::exception_ptr&) { loop.stop(); });
  auto signals = process::SignalSource::open(loop.get_executor());
  if (signals) {
    boost::asio::co_spawn(loop, heed_signals(*signals, loop), [](const std::exception_ptr&) {
      // Ends with the loop.
    });
  }
  loop.run();
  if (!outcome) {
    std::cerr << "pgordinal: " << outcome.error().message << '\n';
    if (outcome.error().nobody) return usage;
    std::cerr << "pgordinal: the order may have been carried out; look who the primary is before "
                 "you give it again\n";
    return refused;
  }
  (outcome->accepted ? std::cout : std::cerr) << outcome->text << '\n' << std::flush;
  return outcome->accepted ? 0 : refused;
}

}  // namespace

int switchover(const std::vector<std::string>& args) {
  CLI::App app(
      "Hands the primary's role over without losing a row. Refused where it cannot succeed.",
      "pgordinal switchover");
  std::string pod;
  bool dry_run = false;
  app.add_option("POD", pod, "the new primary (default: the standby that has the most)");
  app.add_flag("--dry-run", dry_run, "only say what would happen");
  if (const auto status = parse(app, args)) return *status;
  http::Switchover order{.dry_run = dry_run};
  if (!pod.empty()) order.to = core::PodName{pod};
  return give(order);
}

int failover(const std::vector<std::string>& args) {
  CLI::App app(
      "Makes POD the primary although it may lack rows that the last one had: the way out where no "
      "pod may go by itself. First make sure that the last primary's pod is gone.",
      "pgordinal failover");
  std::string pod;
  bool lose_data = false;
  app.add_option("POD", pod, "the new primary")->required();
  app.add_flag("--lose-data", lose_data, "yes, rows that POD does not have are given up");
  if (const auto status = parse(app, args)) return *status;
  if (!lose_data) {
    std::cerr << "pgordinal: a failover gives up the rows that " << pod
              << " does not have. Say --lose-data if that is meant; \"pgordinal switchover " << pod
              << "\" loses none\n";
    return usage;
  }
  return give(http::Failover{.pod = {pod}});
}

}  // namespace runtime
