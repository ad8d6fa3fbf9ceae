#include "runtime/orders.hpp"

#include <iostream>
#include <optional>

#include "http/control.hpp"
#include "runtime/command_loop.hpp"

namespace runtime {
namespace {

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

struct SwitchoverLine {
  static constexpr std::string_view about =
      "Hands the primary's role over without losing a row. Refused where it cannot succeed.";
  std::string pod;
  bool dry_run = false;

  void define(CLI::App& app) {
    app.add_option("POD", pod, "the new primary (default: the standby that has the most)");
    app.add_flag("--dry-run", dry_run, "only say what would happen");
  }
};

int switchover(const std::vector<std::string>& args, const std::vector<std::string>&) {
  const auto line = read_line<SwitchoverLine>(switchover_command.name, args);
  if (!line) return line.error();
  http::Switchover order{.dry_run = line->dry_run};
  if (!line->pod.empty()) order.to = core::PodName{line->pod};
  return give(order);
}

struct FailoverLine {
  static constexpr std::string_view about =
      "Makes POD the primary although it may lack rows that the last one had: the way out where no "
      "pod may go by itself. First make sure that the last primary's pod is gone.";
  std::string pod;
  bool lose_data = false;

  void define(CLI::App& app) {
    app.add_option("POD", pod, "the new primary")->required();
    app.add_flag("--lose-data", lose_data, "yes, rows that POD does not have are given up");
  }
};

int failover(const std::vector<std::string>& args, const std::vector<std::string>&) {
  const auto line = read_line<FailoverLine>(failover_command.name, args);
  if (!line) return line.error();
  if (!line->lose_data) {
    std::cerr << "pgordinal: a failover gives up the rows that " << line->pod
              << " does not have. Say --lose-data if that is meant; \"pgordinal switchover "
              << line->pod << "\" loses none\n";
    return usage_error;
  }
  return give(http::Failover{.pod = {line->pod}});
}

struct PauseLine {
  static constexpr std::string_view about =
      "No pod takes over from another by itself until `pgordinal resume`. `switchover` and "
      "`failover` "
      "are carried out; a primary that comes back goes on. The Lease keeps it.";
  void define(CLI::App&) {}
};

struct ResumeLine {
  static constexpr std::string_view about =
      "Ends `pgordinal pause`. Where there is no primary now, a pod that may takes over.";
  void define(CLI::App&) {}
};

int pause(const std::vector<std::string>& args, const std::vector<std::string>&) {
  const auto line = read_line<PauseLine>(pause_command.name, args);
  return line ? give(http::Pause{.on = true}) : line.error();
}

int resume(const std::vector<std::string>& args, const std::vector<std::string>&) {
  const auto line = read_line<ResumeLine>(resume_command.name, args);
  return line ? give(http::Pause{.on = false}) : line.error();
}

}  // namespace

constinit const OwnCommand pause_command{
    .name = "pause",
    .arguments = "",
    .summary = "no automatic failover until `resume` (elected mode)",
    .run = pause,
    .words = words_of<PauseLine>};

constinit const OwnCommand resume_command{.name = "resume",
                                          .arguments = "",
                                          .summary = "automatic failover again (elected mode)",
                                          .run = resume,
                                          .words = words_of<ResumeLine>};

constinit const OwnCommand switchover_command{
    .name = "switchover",
    .arguments = "[POD]",
    .summary = "hand the primary's role over (elected mode)",
    .run = switchover,
    .words = words_of<SwitchoverLine>};

constinit const OwnCommand failover_command{
    .name = "failover",
    .arguments = "POD --lose-data",
    .summary = "make POD the primary, whatever it lacks (elected mode)",
    .run = failover,
    .words = words_of<FailoverLine>};

}  // namespace runtime
