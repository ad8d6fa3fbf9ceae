#include <unistd.h>

#include "postgres/timelines.hpp"
#include "postgres_cluster.hpp"
#include "runtime/clock.hpp"
#include "runtime/promote.hpp"

namespace {

using namespace std::chrono_literals;
using core::Timeline;

/// A standby `b` that has all of its primary, which is stopped.
class Promotion : public RealCluster {
 protected:
  void SetUp() override {
    RealCluster::SetUp();
    ASSERT_NO_FATAL_FAILURE(make_standby("a", "b"));
    stop("a");
    settings.official.pgdata = outside("b");
    pid = postgres::read_server_file(outside("b")).value()->pid;
  }
  runtime::Outcome<Timeline> promote(runtime::Promotion how, const std::function<bool()>& runs) {
    // As the server's user: a standby reads the reserved files.
    if (geteuid() == 0 && seteuid(GetParam().user) != 0) abort();
    auto came_up = await(runtime::promote_to(
        run, {.settings = settings, .server_args = {}, .environment = {}}, how,
        [this](int signal) { kill(pid, signal); }, runs));
    if (getuid() == 0 && seteuid(0) != 0) abort();
    return came_up;
  }

  core::Settings settings;
  process::Reaper reaper{test_loop().get_executor()};
  runtime::LongRun run{test_loop().get_executor(), reaper};
  pid_t pid = 0;
};

TEST_P(Promotion, R29ComesUpOnTheWantedTimelineAndTakesWritesThen) {
  const auto came_up =
      promote({.known = {1}, .wanted = {4}, .deadline = runtime::now() + 20s}, [] { return true; });
  ASSERT_TRUE(came_up) << came_up.error().message << log("b");
  EXPECT_EQ(*came_up, Timeline{4});
  EXPECT_EQ(asked("b", "INSERT INTO t VALUES ('one') RETURNING x"), "one");
}

TEST_P(Promotion, AServerThatIsGoneIsNotWaitedFor) {
  crash("b");
  const auto came_up = promote({.known = {1}, .wanted = {2}, .deadline = runtime::now() + 20s},
                               [] { return false; });
  ASSERT_FALSE(came_up);
  EXPECT_THAT(came_up.error().message, testing::HasSubstr("ended while it was promoted"));
}

TEST_P(Promotion, ATakenNumberIsRefusedBeforeAnythingIsSignalled) {
  std::ofstream(outside("b") / "pg_wal/00000003.history") << "1\t0/1\tof somebody unknown\n";
  real::give(GetParam(), outside("b") / "pg_wal");
  const auto came_up =
      promote({.known = {1}, .wanted = {3}, .deadline = runtime::now() + 20s}, [] { return true; });
  ASSERT_FALSE(came_up);
  EXPECT_THAT(came_up.error().message, testing::HasSubstr("00000003.history is there already"));
  EXPECT_FALSE(std::filesystem::exists(outside("b") / "promote"));
}

INSTANTIATE_TEST_SUITE_P(Every, Promotion, testing::ValuesIn(real::installations()),
                         testing::PrintToStringParamName());

}  // namespace
