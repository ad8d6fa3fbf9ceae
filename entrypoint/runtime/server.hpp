#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <optional>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/facts.hpp"
#include "process/children.hpp"
#include "runtime/long_run.hpp"

namespace runtime {

/// The postmaster: owns its pid from spawn to reap, and watches its phase in postmaster.pid.
/// Started, signalled and asked by Perform alone. PostgreSQL's output is inherited, nothing of it
/// passes through here.
class Server {
 public:
  /// `seen` gets every change of state.
  Server(const boost::asio::any_io_executor& executor, process::Reaper& reaper,
         const Context& context, std::function<void(core::server::State)> seen);

  /// Writes the configuration for that role and spawns the server.
  [[nodiscard]] Outcome<> start(core::Role role, std::optional<core::Ordinal> follow);
  /// A standby follows another primary from now on: a reload, no restart.
  [[nodiscard]] Outcome<> follow(core::Ordinal upstream);
  /// Writes the configuration anew and has the server read it.
  [[nodiscard]] Outcome<> reload();
  /// Of the postmaster that was started last and not reaped; nothing: none runs.
  [[nodiscard]] std::optional<pid_t> pid() const;
  /// It was started with more than its role needs by now.
  [[nodiscard]] bool wants_restart() const { return lowered_said_; }
  /// The server is the primary from now on: a reload configures it as one.
  void promoted();
  /// SIGINT: fast shutdown, SIGQUIT: immediate, SIGUSR1: look for a promotion request, SIGKILL.
  void signal(int number);

 private:
  void watch_phase();
  void compare_with_primary();
  void say_lowered(const core::directory::Capacities& primary);
  boost::asio::awaitable<void> watch_end(process::Child postmaster);

  boost::asio::any_io_executor executor_;
  process::Children children_;
  const Context& context_;
  std::function<void(core::server::State)> seen_;
  boost::asio::steady_timer phase_timer_;
  core::server::Running running_;
  std::optional<core::Ordinal> follow_;
  core::directory::Capacities wanted_ = {};      ///< by the settings as they were read last
  core::directory::Capacities capacities_ = {};  ///< what the server was started with
  std::filesystem::file_time_type control_seen_;
  bool lowered_said_ = false;
  std::optional<process::Child> postmaster_;
};

}  // namespace runtime
