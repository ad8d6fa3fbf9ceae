#include "runtime/server.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "log/log.hpp"
#include "postgres/capacities.hpp"
#include "postgres/control_file.hpp"
#include "postgres/data_directory.hpp"
#include "postgres/server_file.hpp"
#include "postgres/tools.hpp"
#include "runtime/clock.hpp"
#include "runtime/configure.hpp"

namespace runtime {
namespace {

using namespace std::chrono_literals;

/// postmaster.pid is read this often: a change of phase is seen soon while one is expected (after
/// standby comes ready, on a hot one), and at rest it costs little.
core::Duration until_look(core::ServerPhase phase) {
  switch (phase) {
    case core::ServerPhase::starting: return 10ms;
    case core::ServerPhase::standby: return until_beat(1s);
    case core::ServerPhase::ready:
    case core::ServerPhase::stopping: return until_beat(2s);
  }
  return 1s;
}

}  // namespace

Server::Server(const boost::asio::any_io_executor& executor, process::Reaper& reaper,
               const Context& context, std::function<void(core::server::State)> seen)
    : executor_(executor),
      children_(executor, reaper),
      context_(context),
      seen_(std::move(seen)),
      phase_timer_(executor) {}

Outcome<> Server::start(core::Role role, std::optional<core::Ordinal> follow) {
  const std::filesystem::path pgdata = context_.settings.official.pgdata;
  const auto configured = configure(context_, role, follow);
  if (!configured) return std::unexpected(configured.error());
  if (core::has_members(context_.settings.cluster.mode)) {
    const auto done = postgres::set_standby_signal(pgdata, role == core::Role::standby);
    if (!done) return std::unexpected(failure(done.error()));
  }

  const postgres::LockVerdict lock = postgres::judge_server_file(pgdata);
  if (lock.occupant == postgres::Occupant::postgres) {
    return std::unexpected(Failure{.exit_code = 1, .message = lock.text});
  }
  if (lock.occupant == postgres::Occupant::stranger) {
    logs::event(logs::Level::warning, "stale_postmaster_pid", {{"pid", lock.pid}}, lock.text);
  }
  // Where PostgreSQL puts its socket by default: Debian's and the image's place, and upstream's. It
  // outlives a crash where the container is restarted in place.
  for (const char* directory : {"/var/run/postgresql", "/tmp"}) {
    if (postgres::remove_stale_socket_lock(directory, server_port(context_))) {
      logs::event(logs::Level::info, "stale_socket_lock_removed", {{"directory", directory}});
    }
  }

  std::vector<std::string> args = context_.server_args;
  args.insert(args.end(), configured->more_args.begin(), configured->more_args.end());
  std::vector<std::string> argv = postgres::server(pgdata, args, configured->main_conf);
  process::Command command{.program = argv.front(), .args = {argv.begin() + 1, argv.end()}};
  command.environment = server_environment(context_);
  if (const auto value = postgres::grandparent_pid(lock))
    command.environment.push_back("PG_GRANDPARENT_PID=" + *value);
  command.parent_death_signal = SIGQUIT;
  const auto child = children_.start(command);
  if (!child)
    return std::unexpected(
        Failure{.exit_code = child.error().exit_code(), .message = child.error().message});

  postmaster_ = *child;
  follow_ = follow;
  wanted_ = configured->wanted;
  capacities_ = configured->capacities;
  control_seen_ = {};
  lowered_said_ = false;
  if (const std::string raised = postgres::shortfall(wanted_, capacities_); !raised.empty()) {
    logs::event(logs::Level::info, "parameters_raised", {},
                "a standby needs as much as its primary has: " + raised);
  }
  running_ =
      core::server::Running{.role = role, .phase = core::ServerPhase::starting, .since = now()};
  boost::asio::co_spawn(executor_, watch_end(*child), boost::asio::detached);
  seen_(running_);
  watch_phase();
  return {};
}

Outcome<> Server::follow(core::Ordinal upstream) {
  follow_ = upstream;
  return reload();
}

Outcome<> Server::reload() {
  const auto configured = configure(context_, running_.role, follow_);
  if (!configured) return std::unexpected(configured.error());
  wanted_ = configured->wanted;
  control_seen_ = {};
  lowered_said_ = false;
  signal(SIGHUP);
  return {};
}

std::optional<pid_t> Server::pid() const {
  if (!postmaster_) return std::nullopt;
  return postmaster_->pid();
}

void Server::promoted() {
  running_.role = core::Role::primary;
}

void Server::signal(int number) {
  if (postmaster_) postmaster_->signal(number);
}

void Server::watch_phase() {
  phase_timer_.expires_after(until_look(running_.phase));
  phase_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || !postmaster_) return;
    const auto file = postgres::read_server_file(context_.settings.official.pgdata);
    const bool ours = file && *file && (*file)->pid == postmaster_->pid();
    if (ours && (*file)->phase && *(*file)->phase != running_.phase) {
      running_.phase = *(*file)->phase;
      seen_(running_);
    }
    if (running_.phase == core::ServerPhase::ready) compare_with_primary();
    watch_phase();
  });
}

/// pg_control of a standby has the primary's values from the moment at which their change is
/// replayed; where this server has less, its replay waits there (CheckRequiredParameterValues).
void Server::compare_with_primary() {
  if (running_.role != core::Role::standby || running_.below_primary ||
      !context_.settings.replication.hot_standby ||
      !core::has_members(context_.settings.cluster.mode))
    return;
  const std::filesystem::path pgdata = context_.settings.official.pgdata;
  std::error_code error;
  const auto written = std::filesystem::last_write_time(pgdata / "global" / "pg_control", error);
  if (error || std::exchange(control_seen_, written) == written) return;
  const auto control = postgres::read_control_file(pgdata);
  if (!control) return;
  say_lowered(control->capacities);
  const std::string lacks = postgres::shortfall(capacities_, control->capacities);
  if (lacks.empty()) return;
  logs::event(logs::Level::warning, "parameters_below_primary", {},
              "a standby needs as much as its primary, and this server has: " + lacks);
  running_.below_primary = true;
  seen_(running_);
}

/// What a standby was raised to is not needed any more.
void Server::say_lowered(const core::directory::Capacities& primary) {
  core::directory::Capacities next = wanted_;
  for (std::size_t at = 0; at < next.size(); ++at)
    next.at(at) = std::max(next.at(at), primary.at(at));
  const std::string lower = postgres::surplus(capacities_, next);
  if (lower.empty() || std::exchange(lowered_said_, true)) return;
  logs::event(logs::Level::info, "parameters_need_restart", {},
              "until this pod is restarted its server has: " + lower);
}

boost::asio::awaitable<void> Server::watch_end(process::Child postmaster) {
  const core::ExitStatus status = co_await postmaster.exit();
  postmaster_.reset();
  phase_timer_.cancel();
  const bool refused = !status.by_signal && status.number == 1;
  if (refused && running_.phase == core::ServerPhase::starting) say_whose_parameters(context_);
  seen_(core::server::Ended{.status = status});
}

}  // namespace runtime
