#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "postgres/session.hpp"
#include "runtime/long_run.hpp"
#include "runtime/private_directory.hpp"

namespace runtime {

/// The server of a bootstrap: the cluster in PGDATA, reached through a socket in a private
/// directory and in no other way, without fsync. Owned by the bootstrap. Whoever drops it without
/// stop() leaves a server behind: LongRun::stop or abandon() ends that one.
class TemporaryServer {
 public:
  /// Returns once it accepts connections. Fails when it ends before, or not within PGCTLTIMEOUT (60
  /// s).
  [[nodiscard]] static boost::asio::awaitable<Outcome<TemporaryServer>> start(
      LongRun& run, const Context& context);

  /// Fast; the failure says that the directory was not shut down in time, or not cleanly.
  [[nodiscard]] boost::asio::awaitable<Outcome<>> stop();
  /// The bootstrap failed: nothing of the directory will be used.
  [[nodiscard]] boost::asio::awaitable<void> abandon();

  /// A session was closed: its backend would complain in the log if the server stopped around it.
  /// At most 200 ms.
  [[nodiscard]] boost::asio::awaitable<void> wait_for_end_of(pid_t backend) const;

  [[nodiscard]] postgres::Login login(std::string database) const;
  [[nodiscard]] const std::filesystem::path& socket_directory() const {
    return socket_directory_.path();
  }
  /// What it was started with, behind `postgres`.
  [[nodiscard]] const std::vector<std::string>& options() const { return options_; }

 private:
  TemporaryServer(const Context& context, PrivateDirectory socket_directory,
                  std::vector<std::string> options, process::Child postmaster,
                  core::Duration patience);
  [[nodiscard]] boost::asio::awaitable<Outcome<>> ready(const LongRun& run) const;
  /// An init file may have restarted the server by pg_ctl: then the one to stop is not our child.
  /// 0: there is none.
  [[nodiscard]] pid_t pid() const;
  [[nodiscard]] boost::asio::awaitable<bool> ends_within(core::Duration budget) const;

  const Context* context_;
  PrivateDirectory socket_directory_;
  std::vector<std::string> options_;
  process::Child postmaster_;
  core::Duration patience_;
};

}  // namespace runtime
