#include "runtime/orders.hpp"

#include <iostream>
#include <optional>
#include <utility>

#include <CLI/CLI.hpp>

#include "http/control.hpp"
#include "runtime/command_loop.hpp"

namespace runtime {
namespace {

// Longer than PID 1 itself gives an order (http::ControlServer).
constexpr auto patience = std::chrono::seconds(150);
constexpr auto question_patience = std::chrono::seconds(10);
constexpr auto between_looks = std::chrono::milliseconds(500);

int say(const http::Said& said) {
  (said.accepted ? std::cout : std::cerr) << said.text << '\n' << std::flush;
  return said.accepted ? 0 : refused;
}

/// Until PID 1 has carried the order out, which it does whether anybody looks or not.
int follow(CommandLoop& loop) {
  std::string shown;
  for (;;) {
    loop.rest(between_looks);
    const auto course = loop.ask<http::Said>(
        [](const auto& executor) { return http::show_course(executor, question_patience); });
    if (loop.interrupted()) {
      std::cerr << "pgordinal: interrupted; PID 1 goes on with it, `pgordinal status` shows how "
                   "far it is\n";
      return refused;
    }
    if (!course) {
      std::cerr << "pgordinal: " << course.error().message
                << "\npgordinal: PID 1 has ended meanwhile: `kubectl logs --previous` says why\n";
      return refused;
    }
    if (!course->goes_on) return say(*course);
    if (std::exchange(shown, course->text) != course->text) std::cerr << course->text << '\n';
  }
}

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
  if (!outcome->accepted || !outcome->goes_on) return say(*outcome);
  std::cerr << outcome->text << '\n';
  return follow(loop);
}

/// A command line that is nothing but an order: `order()` makes it.
template <class Line, const OwnCommand& command>
int give_line(const std::vector<std::string>& args, const std::vector<std::string>&) {
  const auto line = read_line<Line>(command.name, args);
  return line ? give(line->order()) : line.error();
}

std::optional<core::PodName> named(const std::string& pod) {
  return pod.empty() ? std::nullopt : std::optional(core::PodName{pod});
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
  [[nodiscard]] http::Switchover order() const { return {.to = named(pod), .dry_run = dry_run}; }
};

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
      "`failover` are carried out; a primary that comes back goes on. The Lease keeps it.";
  void define(CLI::App&) {}
  [[nodiscard]] static http::Pause order() { return {.on = true}; }
};

struct ResumeLine {
  static constexpr std::string_view about =
      "Ends `pgordinal pause`. Where there is no primary now, a pod that may takes over.";
  void define(CLI::App&) {}
  [[nodiscard]] static http::Pause order() { return {.on = false}; }
};

struct ReloadLine {
  static constexpr std::string_view about =
      "Reads settings, secrets and PostgreSQL's configuration again, as SIGHUP to PID 1 does, and "
      "says what changed, what waits for a restart, and what is wrong. Ends with 1 where something "
      "is.";
  void define(CLI::App&) {}
  [[nodiscard]] static http::Reload order() { return {}; }
};

struct RestartLine {
  static constexpr std::string_view about =
      "Stops this pod's PostgreSQL by a fast shutdown and starts it again, without a change of "
      "role. Ends once it is ready; interrupted, it goes on.";
  bool if_pending = false;

  void define(CLI::App& app) {
    app.add_flag("--if-pending", if_pending, "only where a parameter waits for a restart");
  }
  [[nodiscard]] http::Restart order() const { return {.if_pending = if_pending}; }
};

struct ReinitLine {
  static constexpr std::string_view about =
      "Replaces a standby's copy by a new clone of the primary. Refused where the primary may not "
      "have all that is in that copy. Ends once the clone serves; interrupted, it goes on.";
  std::string pod;

  void define(CLI::App& app) {
    app.add_option("POD", pod, "the standby (default: this pod's; others in elected mode alone)");
  }
  [[nodiscard]] http::Reinit order() const { return {.pod = named(pod)}; }
};

}  // namespace

constinit const OwnCommand pause_command{
    .name = "pause",
    .arguments = "",
    .summary = "no automatic failover until `resume` (elected mode)",
    .run = give_line<PauseLine, pause_command>,
    .words = words_of<PauseLine>};

constinit const OwnCommand resume_command{.name = "resume",
                                          .arguments = "",
                                          .summary = "automatic failover again (elected mode)",
                                          .run = give_line<ResumeLine, resume_command>,
                                          .words = words_of<ResumeLine>};

constinit const OwnCommand reinit_command{.name = "reinit",
                                          .arguments = "[POD]",
                                          .summary = "a new clone in place of a standby's copy",
                                          .run = give_line<ReinitLine, reinit_command>,
                                          .words = words_of<ReinitLine>};

constinit const OwnCommand reload_command{
    .name = "reload",
    .arguments = "",
    .summary = "read settings and PostgreSQL's configuration again, say what changed",
    .run = give_line<ReloadLine, reload_command>,
    .words = words_of<ReloadLine>};

constinit const OwnCommand restart_command{
    .name = "restart",
    .arguments = "[--if-pending]",
    .summary = "stop and start this pod's PostgreSQL, without a change of role",
    .run = give_line<RestartLine, restart_command>,
    .words = words_of<RestartLine>};

constinit const OwnCommand switchover_command{
    .name = "switchover",
    .arguments = "[POD]",
    .summary = "hand the primary's role over (elected mode)",
    .run = give_line<SwitchoverLine, switchover_command>,
    .words = words_of<SwitchoverLine>};

constinit const OwnCommand failover_command{
    .name = "failover",
    .arguments = "POD --lose-data",
    .summary = "make POD the primary, whatever it lacks (elected mode)",
    .run = failover,
    .words = words_of<FailoverLine>};

}  // namespace runtime
