#include "runtime/orders.hpp"

#include <iostream>
#include <optional>

#include <CLI/CLI.hpp>

#include "http/control.hpp"
#include "runtime/command_loop.hpp"

namespace runtime {
namespace {

constexpr int refused = 1;
// Longer than PID 1 itself gives an order (http::ControlServer).
constexpr auto patience = std::chrono::seconds(150);
int give(const http::Order& order) {
  CommandLoop loop;
  const auto outcome = loop.ask<http::Said>(
      [&order](const auto& executor) { return http::give(executor, order, patience); });
  if (!outcome) {
    std::cerr << "pgordinal: " << outcome.error().message << '\n';
    if (outcome.error().nobody) return usage_error;
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
  if (const auto status = parse_arguments(app, args)) return *status;
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
  if (const auto status = parse_arguments(app, args)) return *status;
  if (!lose_data) {
    std::cerr << "pgordinal: a failover gives up the rows that " << pod
              << " does not have. Say --lose-data if that is meant; \"pgordinal switchover " << pod
              << "\" loses none\n";
    return usage_error;
  }
  return give(http::Failover{.pod = {pod}});
}

}  // namespace runtime
