#include "runtime/orders.hpp"

#include <csignal>
#include <exception>
#include <iostream>
#include <optional>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "http/control.hpp"
#include "http/status_text.hpp"
#include "process/signals.hpp"
#include "runtime/status_table.hpp"

namespace runtime {
namespace {

template <class Value>
using Answer = std::expected<Value, http::ControlError>;

constexpr int refused = 1;
constexpr int usage = 2;
// Longer than PID 1 itself gives an order (http::ControlServer).
constexpr auto patience = std::chrono::seconds(150);
// Longer than PID 1 waits for the members' answers.
constexpr auto patience_for_status = std::chrono::seconds(15);

/// CLI11's own texts, but our exit status.
std::optional<int> parse(CLI::App& app, const std::vector<std::string>& args) {
  try {
    app.parse(std::vector<std::string>(args.rbegin(), args.rend()));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : usage;
  }
  return {};
}

template <class Value>
boost::asio::awaitable<void> keep(boost::asio::awaitable<Answer<Value>> work,
                                  Answer<Value>& result) {
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

/// What PID 1 answers, unless a signal ends the command before.
template <class Value, class Ask>
Answer<Value> ask(Ask ask) {
  boost::asio::io_context loop;
  Answer<Value> answer = std::unexpected(http::ControlError{.message = "interrupted"});
  boost::asio::co_spawn(loop, keep<Value>(ask(loop.get_executor()), answer),
                        [&loop](const std::exception_ptr&) { loop.stop(); });
  auto signals = process::SignalSource::open(loop.get_executor());
  if (signals) {
    boost::asio::co_spawn(loop, heed_signals(*signals, loop), [](const std::exception_ptr&) {
      // Ends with the loop.
    });
  }
  loop.run();
  return answer;
}

int give(const http::Order& order) {
  const auto outcome = ask<http::Said>(
      [&order](const auto& executor) { return http::give(executor, order, patience); });
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

int status(const std::vector<std::string>& args) {
  CLI::App app(
      "Shows who is the primary, what every member does, and what to do. Ends with 0 where all is "
      "well, with 1 where it is not, with 2 where it cannot tell.",
      "pgordinal status");
  bool as_json = false;
  app.add_flag("--json", as_json, "the same in JSON, one object for each member");
  if (const auto failed = parse(app, args)) return *failed;
  const auto text = ask<std::string>(
      [](const auto& executor) { return http::show_members(executor, patience_for_status); });
  if (!text) {
    std::cerr << "pgordinal: " << text.error().message << '\n';
    return usage;
  }
  const auto members = http::parse_members(*text);
  if (!members) {
    std::cerr << "pgordinal: PID 1 answered what is no status: " << members.error() << '\n';
    return usage;
  }
  std::cout << (as_json ? *text : status_table(*members)) << std::flush;
  return is_well(*members) ? 0 : refused;
}

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
