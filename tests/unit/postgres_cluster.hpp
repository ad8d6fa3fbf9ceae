#pragma once

#include <chrono>
#include <csignal>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "postgres/data_directory.hpp"
#include "postgres/server_file.hpp"
#include "postgres/session.hpp"
#include "postgres_await.hpp"
#include "postgres_real.hpp"

/// A primary and standbys of one real PostgreSQL, over Unix sockets, for tests of what they do to
/// one another.
class RealCluster : public testing::TestWithParam<real::Installation> {
 protected:
  void SetUp() override {
    directory.emplace(GetParam());
    const auto done =
        real::initdb(GetParam(), inside("a"), {"-A", "trust", "--wal-segsize=" + wal_file_mb});
    ASSERT_EQ(done.status, 0) << done.output;
    start("a");
    run("a", "CREATE TABLE t (x text)");
  }

  [[nodiscard]] std::filesystem::path outside(const std::string& member) const {
    return directory->outside() / member;
  }
  [[nodiscard]] std::filesystem::path inside(const std::string& member) const {
    return directory->inside() / member;
  }
  std::uint16_t port(const std::string& member) {
    return ports.try_emplace(member, static_cast<std::uint16_t>(5000 + ports.size())).first->second;
  }
  [[nodiscard]] std::string conninfo(const std::string& of, const std::string& as) {
    return "host=" + directory->inside().string() + " port=" + std::to_string(port(of)) +
           " user=postgres application_name=" + as;
  }
  void clone(const std::string& from, const std::string& to) {
    const auto done = real::run(GetParam(), {"pg_basebackup", "-d", conninfo(from, "clone"), "-D",
                                             inside(to), "--checkpoint=fast", "--no-sync"});
    ASSERT_EQ(done.status, 0) << done.output;
  }
  /// As a standby that follows somebody, or alone. Does not wait for it.
  void launch(const std::string& member, const std::string& follow = {}) {
    if (!follow.empty()) {
      ASSERT_TRUE(postgres::set_standby_signal(outside(member), true));
    }
    real::give(GetParam(), outside(member));
    real::Arguments arguments{"postgres",
                              "-D",
                              inside(member),
                              "-k",
                              directory->inside(),
                              "-p",
                              std::to_string(port(member))};
    const auto set = [&](const std::string& setting) {
      arguments.emplace_back("-c");
      arguments.push_back(setting);
    };
    for (const char* setting :
         {"listen_addresses=", "shared_buffers=1MB", "fsync=off", "wal_keep_size=128MB",
          "wal_log_hints=on", "wal_retrieve_retry_interval=100ms"})
      set(setting);
    set("primary_conninfo=" + (follow.empty() ? std::string() : conninfo(follow, member)));
    for (const std::string& setting : more)
      set(setting);
    servers.erase(member);
    servers.emplace(member, std::make_unique<real::Server>(GetParam(), outside(member), arguments));
  }
  void start(const std::string& member, const std::string& follow = {}) {
    ASSERT_NO_FATAL_FAILURE(launch(member, follow));
    ASSERT_TRUE(until([&] { return asked(member, "SELECT 1") == "1"; })) << log(member);
  }
  /// A standby of `from` that streams.
  void make_standby(const std::string& from, const std::string& to) {
    clone(from, to);
    start(to, from);
    ASSERT_TRUE(until([&] {
      return asked(to, "SELECT status FROM pg_stat_wal_receiver") == "streaming";
    })) << log(to);
  }
  void stop(const std::string& member) { servers.at(member)->stop_fast(); }
  void crash(const std::string& member) { servers.erase(member); }
  [[nodiscard]] std::string log(const std::string& member) const {
    return servers.at(member)->log();
  }

  [[nodiscard]] postgres::Login login(const std::string& member) {
    return {
        .host = directory->outside(), .port = port(member), .user = "postgres", .password = "none"};
  }
  void run(const std::string& member, const std::string& statement) {
    auto session = await(postgres::Session::connect(login(member), std::chrono::seconds(20)));
    ASSERT_TRUE(session) << session.error().message;
    const auto done = await(session->run(statement, std::chrono::seconds(20)));
    ASSERT_TRUE(done) << done.error().message;
  }
  /// The first column of the first row; the error's text where there is none.
  std::string asked(const std::string& member, const std::string& question) {
    auto session = await(postgres::Session::connect(login(member), std::chrono::seconds(20)));
    if (!session) return session.error().message;
    const auto table = await(session->run(question, std::chrono::seconds(20)));
    if (!table) return table.error().message;
    return table->rows.empty() ? "no row" : table->rows[0][0].value_or("null");
  }
  template <class Condition>
  static bool until(Condition condition) {
    for (int tries = 0; tries < 1000; ++tries) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
  }

  std::string wal_file_mb = "1";  ///< small ones are copied soon
  std::vector<std::string> more;  ///< settings of those that are started from now on
  std::optional<real::Directory> directory;
  std::map<std::string, std::uint16_t> ports;
  std::map<std::string, std::unique_ptr<real::Server>> servers;
};
