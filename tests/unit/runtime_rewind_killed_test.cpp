#include <algorithm>
#include <array>

#include "postgres/bootstrap_marker.hpp"
#include "postgres/control_file.hpp"
#include "rewind_fixture.hpp"
#include "runtime/discard.hpp"

// S7: a rewind is killed at points spread over its whole course, crash recovery included.
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using boost::asio::awaitable;

/// So many points of a course at a time, each with a copy of its own.
constexpr std::array lanes{"a0", "a1", "a2", "a3"};

/// A part of the course, from a line of the log to the next part, and how many points it gets.
struct Part {
  const char* from;
  std::size_t points;
};
constexpr std::array parts{Part{.from = "", .points = lanes.size()},
                           Part{.from = "rewind_recovers", .points = 3 * lanes.size()},
                           Part{.from = "rewind_started", .points = 4 * lanes.size()}};

struct Life {
  pid_t pid = 0;
  std::array<std::optional<Clock::time_point>, parts.size()> reached;
  Clock::time_point ended;
  bool killed = false;
};
using Lives = std::array<Life, lanes.size()>;
using Lengths = std::array<Clock::duration, parts.size()>;

/// When a life is killed: so long after a part began.
struct Point {
  std::size_t part = 0;
  Clock::duration after{};
};

/// What was seen of all points together.
struct Tally {
  int killed = 0;
  int ended = 0;  ///< before it was to be killed
  int in_recovery = 0;
  int discarded = 0;  ///< a marker was left, and the copy with it
  int rewound = 0;    ///< whole as before: the next start rewound it
};

class KilledRewind : public Rewind {
 protected:
  void SetUp() override {
    // Four clones have two walsenders each, beside those that kills have left for a moment.
    more.emplace_back("max_wal_senders=40");
    Rewind::SetUp();
    // Each clone begins another segment: without a slot what the others need would be gone.
    run("b", "SELECT pg_create_physical_replication_slot('all', true)");
  }
  void end_of_a() override {
    run("a", "INSERT INTO t SELECT repeat('given up', 100) FROM generate_series(1, 2000)");
    servers.at("a")->kill();
    as_server([&] { ASSERT_TRUE(postgres::set_standby_signal(outside("a"), true)); });
  }
  void put_back(const std::string& lane) {
    fs::remove_all(outside(lane));
    fs::copy(outside("a"), outside(lane),
             fs::copy_options::recursive | fs::copy_options::copy_symlinks);
    fs::permissions(outside(lane), fs::perms::owner_all);
    real::give(GetParam(), outside(lane));
  }
  void watch(const std::string& lane, Life& life) {
    const auto now = Clock::now();
    const std::string log = said(lane);
    for (std::size_t part = 0; part < parts.size(); ++part) {
      if (!life.reached.at(part) && log.find(parts.at(part).from) != std::string::npos)
        life.reached.at(part) = now;
    }
    life.ended = now;
    if (waitpid(life.pid, nullptr, WNOHANG) != 0) life.pid = 0;
  }
  /// A rewind in each lane, all at once, each killed at its point.
  Lives rewind_all(const std::function<std::optional<Point>(std::size_t lane)>& point) {
    Lives lives;
    for (const char* lane : lanes)
      put_back(lane);
    for (std::size_t lane = 0; lane < lanes.size(); ++lane)
      lives.at(lane).pid = begin(lanes.at(lane), rewinding(directory->inside()));
    const auto runs = [](const Life& life) { return life.pid != 0; };
    for (; std::ranges::any_of(lives, runs); std::this_thread::sleep_for(1ms)) {
      for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
        Life& life = lives.at(lane);
        if (life.pid != 0) watch(lanes.at(lane), life);
        if (life.pid == 0 || !point(lane)) continue;
        const auto& reached = life.reached.at(point(lane)->part);
        if (!reached || Clock::now() < *reached + point(lane)->after) continue;
        real::kill_tree(life.pid);
        waitpid(life.pid, nullptr, 0);
        life.pid = 0;
        life.killed = true;
      }
    }
    return lives;
  }
  /// How long each part takes, where nobody kills it: of the slowest.
  Lengths lengths() {
    Lengths longest{};
    for (const Life& life : rewind_all([](std::size_t) { return std::nullopt; })) {
      for (std::size_t part = 0; part < parts.size(); ++part) {
        const auto end = part + 1 < parts.size() ? life.reached.at(part + 1) : life.ended;
        if (!end || !life.reached.at(part)) ADD_FAILURE() << "not rewound";
        longest.at(part) = std::max(longest.at(part), *end - *life.reached.at(part));
      }
    }
    return longest;
  }
  awaitable<runtime::Outcome<>> clone_here(runtime::LongRun& run, const runtime::Context& context) {
    const fs::path pgdata = context.settings.official.pgdata;
    fs::remove_all(pgdata);
    const process::Command command{
        .program = "pg_basebackup",
        .args = {"-d", conninfo("b", "clone"), "-D", pgdata, "--checkpoint=fast", "--no-sync"},
        .environment = context.environment};
    const auto ended = co_await run.run(command);
    if (!ended || !ended->success())
      co_return std::unexpected(runtime::Failure{.message = "cannot clone"});
    co_return runtime::Outcome<>{};
  }
  /// What a next start does before its server starts: as the product, but for the clone itself.
  Deed next_start() {
    return [this](runtime::LongRun& run,
                  const runtime::Context& context) -> awaitable<runtime::Outcome<>> {
      const fs::path pgdata = context.settings.official.pgdata;
      if (std::holds_alternative<core::directory::Unfinished>(postgres::inspect(pgdata))) {
        const auto done = co_await runtime::discard_unfinished(run, context);
        if (!done) co_return done;
      }
      const auto content = postgres::inspect(pgdata);
      if (std::holds_alternative<core::directory::Empty>(content)) {
        std::cout << "clones" << std::endl;
        co_return co_await clone_here(run, context);
      }
      const auto* cluster = std::get_if<core::directory::Cluster>(&content);
      if (cluster == nullptr) co_return std::unexpected(runtime::Failure{.message = "not usable"});
      if (cluster->control.timeline == core::Timeline{2}) co_return runtime::Outcome<>{};
      const Deed again = rewinding(directory->inside());
      co_return co_await again(run, context);
    };
  }
  void start_all(Tally& tally) {
    std::array<pid_t, lanes.size()> starts{};
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
      tally.in_recovery += said(lanes[lane]).ends_with("replayed first\n") ? 1 : 0;
      starts[lane] = begin(lanes[lane], next_start());
    }
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
      int status = 0;
      waitpid(starts[lane], &status, 0);
      const std::string log = said(lanes[lane]);
      ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << log;
      tally.discarded += log.find("clones") != std::string::npos ? 1 : 0;
      tally.rewound += log.find("rewind_done") != std::string::npos ? 1 : 0;
      for (const char* left : {"pgordinal.bootstrap", "pgordinal.staging"})
        EXPECT_FALSE(fs::exists(outside(lanes[lane]) / left)) << left;
      ASSERT_NO_FATAL_FAILURE(launch(lanes[lane], "b"));
    }
  }
};

TEST_P(KilledRewind, S7WhereverThatIsTheNextStartEndsStreaming) {
  // given: how long it takes where nothing else does
  const Lengths cold = lengths();
  Lengths length = lengths();
  for (std::size_t part = 0; part < parts.size(); ++part)
    length.at(part) = std::min(length.at(part), cold.at(part));
  Tally tally;
  for (std::size_t part = 0; part < parts.size(); ++part) {
    const std::size_t points = parts.at(part).points;
    for (std::size_t first = 0; first < points; first += lanes.size()) {
      const auto point = [&](std::size_t lane) {
        return Point{
            .part = part,
            .after = length.at(part) * static_cast<int>(first + lane) / static_cast<int>(points)};
      };
      SCOPED_TRACE(std::to_string(point(0).after / 1us) + " us and later after \"" +
                   parts.at(part).from + "\"");
      // when
      for (const Life& life : rewind_all(point))
        (life.killed ? tally.killed : tally.ended) += 1;
      ASSERT_NO_FATAL_FAILURE(start_all(tally));
      // then
      for (const char* lane : lanes)
        ASSERT_NO_FATAL_FAILURE(expect_streaming(lane));
      for (const char* lane : lanes)
        crash(lane);
    }
  }
  std::cout << "rewind, course of " << (length[0] + length[1] + length[2]) / 1ms
            << " ms: " << tally.killed << " killed, " << tally.ended << " ended before; "
            << tally.in_recovery << " in crash recovery, " << tally.discarded
            << " left a marker and were cloned, " << tally.rewound
            << " were rewound again; all stream\n";
  EXPECT_GE(tally.killed, 20);
  EXPECT_GE(tally.in_recovery, 3);
  EXPECT_GE(tally.discarded, 3) << "the marker's part of the course was not hit";
  EXPECT_GE(tally.rewound, 3);
}

INSTANTIATE_TEST_SUITE_P(Real, KilledRewind, testing::ValuesIn(real::installations()),
                         testing::PrintToStringParamName());
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(KilledRewind);

}  // namespace
