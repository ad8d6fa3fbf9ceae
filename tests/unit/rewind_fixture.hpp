#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <iostream>

#include <boost/asio/signal_set.hpp>

#include "postgres/files.hpp"
#include "postgres/member_file.hpp"
#include "postgres_cluster.hpp"
#include "runtime/rewind.hpp"

/// Copies of one cluster, and the program under test on them. It starts its tools itself, so each
/// of its lives is a process of its own, with PostgreSQL's user in its root.
class UnderTest : public RealCluster {
 protected:
  /// What a life of the program under test does.
  using Deed = std::function<boost::asio::awaitable<runtime::Outcome<>>(runtime::LongRun&,
                                                                        const runtime::Context&)>;

  template <class Work>
  void as_server(Work work) {
    if (geteuid() == 0 && seteuid(GetParam().user) != 0) abort();
    work();
    if (getuid() == 0 && seteuid(0) != 0) abort();
  }

  /// Begins a life that does `deed` on that member's data. Its exit status is 0 where that was
  /// done; said() is its log, with the failure's message.
  pid_t begin(const std::string& member, const Deed& deed) {
    const std::string log = outside(member).string() + ".life";
    const pid_t pid = fork();
    if (pid != 0) return pid;
    const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (dup2(output, 1) < 0 || dup2(output, 2) < 0 || !real::enter(GetParam())) _exit(125);
    test_loop().notify_fork(boost::asio::execution_context::fork_child);
    const auto outcome = live(member, deed);
    if (!outcome) std::cerr << outcome.error().message << "\n";
    _exit(outcome ? 0 : 1);
  }
  [[nodiscard]] std::string said(const std::string& member) const {
    std::ifstream file(outside(member).string() + ".life");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  /// A life from its beginning to its end: whether it did its deed.
  bool lives(const std::string& member, const Deed& deed) {
    int status = 0;
    return waitpid(begin(member, deed), &status, 0) > 0 && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
  }

 private:
  runtime::Outcome<> live(const std::string& member, const Deed& deed) {
    core::Settings settings;
    settings.cluster.mode = core::Mode::elected;
    settings.cluster.identity = core::Identity{.statefulset = "db", .ordinal = {1}, .domain = {}};
    settings.official.pgdata = inside(member);
    settings.official.user = "postgres";
    settings.replication.user = "postgres";
    settings.replication.password = "any";
    const std::string path = "PATH=" + GetParam().bin.string() + ":/usr/bin:/bin";
    const runtime::Context context{.settings = settings, .server_args = {}, .environment = {path}};
    process::Reaper reaper(test_loop().get_executor());
    runtime::LongRun long_run(test_loop().get_executor(), reaper);
    boost::asio::signal_set ended(test_loop(), SIGCHLD);
    const std::function<void()> wait = [&] {
      ended.async_wait([&](const boost::system::error_code& error, int) {
        if (error) return;
        reaper.reap();
        wait();
      });
    };
    wait();
    const auto work = [&]() -> boost::asio::awaitable<runtime::Outcome<>> {
      auto done = co_await deed(long_run, context);
      ended.cancel();
      co_return done;
    };
    return await(work());
  }
};

/// `a` was the primary and has rows that nobody got; `b` is the primary now.
class Rewind : public UnderTest {
 protected:
  void SetUp() override {
    UnderTest::SetUp();
    ASSERT_NO_FATAL_FAILURE(make_standby("a", "b"));
    run("b", "SELECT pg_promote(true, 20)");
    run("b", "CHECKPOINT");
    run("a", "INSERT INTO t VALUES ('given up')");
    run("b", "INSERT INTO t VALUES ('kept')");
    end_of_a();
    as_server([&] {
      ASSERT_TRUE(postgres::write_member_file(
          outside("a"),
          {.pod = "db-1", .data = core::elected::DataId{7}, .transitions = 3, .claimed = {2}}));
      ASSERT_TRUE(postgres::write_member_file(outside("b"),
                                              {.pod = "db-0", .data = core::elected::DataId{8}}));
    });
  }
  virtual void end_of_a() { stop("a"); }

  Deed rewinding(const std::filesystem::path& host) {
    const postgres::Upstream source{.address = host, .port = port("b")};
    return [source](runtime::LongRun& run, const runtime::Context& context) {
      return runtime::rewind(run, context, source, 0x10000);
    };
  }
  /// Of `a`, from the server at that address.
  bool rewind(const std::filesystem::path& host) { return lives("a", rewinding(host)); }

  /// It streams from `b` and has what `b` has, and nothing else.
  void expect_streaming(const std::string& member) {
    ASSERT_TRUE(until([&] {
      return asked(member, "SELECT status FROM pg_stat_wal_receiver") == "streaming";
    })) << log(member);
    EXPECT_TRUE(until([&] { return asked(member, "SELECT string_agg(x, ',') FROM t") == "kept"; }))
        << asked(member, "SELECT string_agg(x, ',') FROM t");
  }
};
