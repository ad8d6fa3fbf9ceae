#pragma once

#include <unistd.h>

#include <boost/asio/signal_set.hpp>

#include "postgres/files.hpp"
#include "postgres/member_file.hpp"
#include "postgres_cluster.hpp"
#include "runtime/rewind.hpp"

/// `a` was the primary and has rows that nobody got; `b` is the primary now. On this machine's own
/// PostgreSQL, because the program under test starts its tools itself.
class Rewind : public RealCluster {
 protected:
  void SetUp() override {
    RealCluster::SetUp();
    ASSERT_NO_FATAL_FAILURE(make_standby("a", "b"));
    run("b", "SELECT pg_promote(true, 20)");
    run("b", "CHECKPOINT");
    run("a", "INSERT INTO t VALUES ('given up')");
    run("b", "INSERT INTO t VALUES ('kept')");
    stop("a");
    settings.official.pgdata = outside("a");
    settings.official.user = "postgres";
    settings.replication.user = "postgres";
    settings.replication.password = "any";
    settings.cluster.identity = core::Identity{.statefulset = "db", .ordinal = {1}, .domain = {}};
    as_server([&] {
      ASSERT_TRUE(postgres::write_member_file(
          outside("a"),
          {.pod = "db-1", .data = core::elected::DataId{7}, .transitions = 3, .claimed = {2}}));
      ASSERT_TRUE(postgres::write_member_file(outside("b"),
                                              {.pod = "db-0", .data = core::elected::DataId{8}}));
    });
  }
  template <class Work>
  void as_server(Work work) {
    if (geteuid() == 0 && seteuid(GetParam().user) != 0) abort();
    work();
    if (getuid() == 0 && seteuid(0) != 0) abort();
  }
  runtime::Outcome<> rewind(const std::string& host) {
    runtime::Outcome<> outcome;
    const std::string path = "PATH=" + GetParam().bin.string() + ":/usr/bin:/bin";
    const runtime::Context context{.settings = settings, .server_args = {}, .environment = {path}};
    const postgres::Upstream source{.address = host, .port = port("b")};
    boost::asio::signal_set ended(test_loop(), SIGCHLD);
    std::function<void()> wait = [&] {
      ended.async_wait([&](const boost::system::error_code& error, int) {
        if (error) return;
        reaper.reap();
        wait();
      });
    };
    wait();
    const auto work = [&]() -> boost::asio::awaitable<runtime::Outcome<>> {
      auto done = co_await runtime::rewind(long_run, context, source, 0x10000);
      ended.cancel();
      co_return done;
    };
    as_server([&] { outcome = await(work()); });
    return outcome;
  }

  core::Settings settings;
  process::Reaper reaper{test_loop().get_executor()};
  runtime::LongRun long_run{test_loop().get_executor(), reaper};
};

inline std::vector<real::Installation> here() {
  const auto found = real::installed_here();
  return found ? std::vector{*found} : std::vector<real::Installation>{};
}
