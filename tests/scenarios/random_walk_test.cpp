#include <random>

#include <gtest/gtest.h>

#include "given.hpp"
#include "life.hpp"
#include "promises.hpp"
#include "text.hpp"

// Random walks: facts as no scenario would think of, and lives full of faults. A seed that fails is
// printed; make a scenario of it.
namespace scenarios {
namespace {

constexpr int walks = 3000;
constexpr int steps_of_a_walk = 60;
constexpr int lives = 2000;

class Chance {
 public:
  explicit Chance(std::uint32_t seed) : engine_(seed) {}
  [[nodiscard]] int below(int limit) {
    return static_cast<int>(engine_() % static_cast<std::uint32_t>(limit));
  }
  [[nodiscard]] bool one_in(int times) { return below(times) == 0; }
  template <class Value>
  [[nodiscard]] Value of(const std::vector<Value>& values) {
    return values.at(static_cast<std::size_t>(below(static_cast<int>(values.size()))));
  }

 private:
  std::mt19937 engine_;
};

core::Settings some_settings(Chance& chance) {
  core::Settings settings = chance.one_in(5)
                                ? standalone()
                                : static_pod(chance.of<std::string>({"pg-0", "pg-1", "pg-2"}));
  if (!settings.cluster.identity) return settings;
  settings.cluster.max_members = static_cast<std::uint32_t>(1 + chance.below(4));
  if (settings.cluster.identity->ordinal.number > 0 && chance.one_in(3)) {
    settings.cluster.primary = Ordinal{1};
  }
  if (chance.one_in(4)) settings.cluster.clone_from = core::PodName{"pg-2"};
  settings.replication.hot_standby = !chance.one_in(4);
  return settings;
}

directory::Content some_content(Chance& chance) {
  directory::Cluster found = cluster();
  found.standby_signal = chance.one_in(2);
  found.session_key = !chance.one_in(3);
  found.promote_pending = chance.one_in(3);
  if (chance.one_in(10)) found.version = "15";
  found.control.state = chance.of<directory::State>(
      {directory::State::shut_down, directory::State::shut_down_in_recovery,
       directory::State::in_production, directory::State::in_archive_recovery});
  return chance.of<directory::Content>({empty(), empty(), unfinished(directory::Bootstrap::initdb),
                                        unfinished(directory::Bootstrap::clone), found, found,
                                        unusable("it is odd", "Look at it")});
}

peer::Answer some_answer(Chance& chance) {
  return chance.of<peer::Answer>({Silence::unresolved, Silence::lookup_failed, Silence::refused,
                                  Silence::unreachable, WithoutData{}, Refusal::bad_password,
                                  Refusal::no_hba_entry, Refusal::not_accepting, serves(), serves(),
                                  serves(foreign_cluster)});
}

/// Its reserve is as it was: only deeds change that.
core::WalRoom some_room(Chance& chance, const std::optional<core::WalRoom>& before) {
  constexpr std::uint64_t mb = std::uint64_t{1} << 20U;
  return {.available = mb * chance.of<std::uint64_t>({0, 15, 20, 40, 90, 300, 9000}),
          .size = 10000 * mb,
          .segment = 16 * mb,
          .wanted = 48 * mb,
          .reserve = before ? before->reserve : std::nullopt};
}

/// Facts that change by chance, as far as they can: only what began ends, what is stopped stays so.
class Walk {
 public:
  explicit Walk(std::uint32_t seed) : chance_(seed), settings_(some_settings(chance_)) {
    facts_.server_major = image_major;
    facts_.directory = some_content(chance_);
  }

  void go() {
    for (int step = 0; step < steps_of_a_walk && !over_; ++step) {
      decide();
      check_fixed_point();
      change();
      if (testing::Test::HasFailure()) return;
    }
  }

 private:
  void decide() {
    const core::Memory before = memory_;
    const core::Decision decision = core::decide(settings_, before, facts_);
    for (const std::string& broken : broken_promises({settings_, before, facts_, decision})) {
      ADD_FAILURE() << "at " << to_text(facts_.now) << " " << broken;
    }
    memory_ = decision.next;
    wake_ = decision.wake;
    facts_.finished.reset();
    if (core::reloads(decision)) facts_.reload = false;
    perform(decision, facts_);
  }

  /// What runtime does before it returns to the loop.
  void perform(const core::Decision& decision, core::Snapshot& facts) {
    for (const core::Action& action : decision.actions) {
      if (const auto* start = std::get_if<action::StartServer>(&action)) {
        facts.server = server::Running{
            .role = start->role, .phase = ServerPhase::starting, .since = facts.now};
      }
      if (std::holds_alternative<action::ReleaseReserve>(action)) facts.wal_room->reserve = 0;
      if (const auto* made = std::get_if<action::MakeReserve>(&action))
        facts.wal_room->reserve = made->bytes;
      if (std::holds_alternative<action::Exit>(action)) over_ = true;
    }
  }

  /// No loop without delay: at the same instant, with nothing new, decisions come to rest.
  void check_fixed_point() {
    core::Memory memory = memory_;
    core::Snapshot facts = facts_;
    for (int repeat = 0; repeat < 4 && !over_; ++repeat) {
      const core::Decision again = core::decide(settings_, memory, facts);
      const bool rests = again.actions.empty() && again.next == memory;
      if (rests) return;
      memory = again.next;
      if (core::reloads(again)) facts.reload = false;
      perform(again, facts);
    }
    if (over_) return;
    ADD_FAILURE() << "decisions do not come to rest at " << to_text(facts_.now);
  }

  void change() {
    const Duration steps[] = {0s, 1ms, 100ms, 500ms, 2s, 10s};
    if (wake_ && chance_.one_in(2)) {
      facts_.now = std::max(facts_.now, *wake_);
    } else {
      facts_.now += steps[chance_.below(6)];
    }
    if (chance_.one_in(2)) a_peer_answers();
    if (memory_.long_action && chance_.one_in(3)) end_long_action();
    if (auto* running = std::get_if<server::Running>(&facts_.server)) change_server(*running);
    if (chance_.one_in(40)) ask_to_stop();
    if (chance_.one_in(20)) facts_.reload = true;
    if (chance_.one_in(4)) facts_.wal_room = some_room(chance_, facts_.wal_room);
  }

  void a_peer_answers() {
    if (!memory_.first_asked && !memory_.primary_asked && !memory_.slots_looked)
      return;  // nobody was asked
    const core::ClusterSettings& cluster_settings = settings_.cluster;
    const auto offset = chance_.below(static_cast<int>(cluster_settings.max_members));
    const Ordinal whom{cluster_settings.primary.number + static_cast<std::uint32_t>(offset)};
    if (cluster_settings.identity && whom == cluster_settings.identity->ordinal) return;
    facts_.peers.insert_or_assign(
        whom, core::Seen<peer::Answer>{.value = some_answer(chance_), .at = facts_.now});
  }

  void end_long_action() {
    const LongKind kind = memory_.long_action->kind;
    const bool ok = chance_.one_in(2);
    facts_.finished =
        core::LongResult{.kind = kind, .ok = ok, .exit_code = ok ? 0 : 1, .message = "chance"};
    if (kind != LongKind::promote) {
      facts_.directory = some_content(chance_);
    } else if (auto* found = std::get_if<directory::Cluster>(&facts_.directory); ok && found) {
      found->promote_pending = found->standby_signal = false;
      if (auto* running = std::get_if<server::Running>(&facts_.server)) {
        running->role = Role::primary;
      }
    }
  }

  void change_server(server::Running& running) {
    if (chance_.one_in(2)) {
      running.phase = chance_.of<ServerPhase>(
          {ServerPhase::starting, ServerPhase::ready, ServerPhase::standby, ServerPhase::stopping});
    }
    if (!chance_.one_in(15)) return;
    facts_.server = server::Ended{
        chance_.of<core::ExitStatus>({exit_code(0), exit_code(1), killed_by(SIGKILL)})};
    facts_.directory = some_content(chance_);
  }

  void ask_to_stop() {
    const bool immediate = chance_.one_in(3);
    if (!facts_.stop) {
      facts_.stop = core::StopRequest{
          .mode = StopMode::well, .signal = immediate ? SIGQUIT : SIGTERM, .at = facts_.now};
    }
    if (immediate) facts_.stop->mode = StopMode::immediate;
  }

  Chance chance_;
  core::Settings settings_;
  core::Memory memory_;
  core::Snapshot facts_;
  std::optional<Instant> wake_;
  bool over_ = false;
};

TEST(RandomWalk, EveryDecisionKeepsThePromisesAndComesToRest) {
  for (std::uint32_t seed = 1; seed <= walks && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Walk{seed}.go();
  }
}

constexpr Duration faults_end = 2min;

Course some_course(Chance& chance) {
  return {.takes = std::chrono::milliseconds(chance.below(3000)),
          .ok = chance.one_in(2),
          .message = "chance",
          .exit_code = 1,
          .ends = chance.of<Course::Ends>(
              {Course::Ends::by_term, Course::Ends::by_kill, Course::Ends::never})};
}

/// Peers come and go until the faults end; then all serve.
void script_faults(Life& life, Chance& chance) {
  for (std::uint32_t ordinal = 0; ordinal < 4; ++ordinal) {
    for (int change = 0; change < 6; ++change) {
      const auto when = change == 0 ? 0ms : std::chrono::milliseconds(chance.below(100'000));
      const peer::Answer answer = some_answer(chance);
      life.peer(ordinal, answer == serves(foreign_cluster) ? serves() : answer, when);
    }
    life.peer(ordinal, serves(), faults_end);
  }
  for (const LongKind kind :
       {LongKind::clone, LongKind::bootstrap, LongKind::adopt, LongKind::promote}) {
    for (int time = chance.below(3); time > 0; --time)
      life.next(kind, some_course(chance));
  }
}

bool serves_or_streams(Reason reason) {
  return reason == Reason::serving_primary || reason == Reason::serving_standby ||
         reason == Reason::slots_due || reason == Reason::slot_due;
}

TEST(RandomWalk, L2OnceFaultsEndAPodServesOrHasLeftSayingWhy) {
  for (std::uint32_t seed = 1; seed <= lives && !HasFailure(); ++seed) {
    // given
    SCOPED_TRACE("seed " + std::to_string(seed));
    Chance chance{seed};
    Life life{some_settings(chance), some_content(chance)};
    script_faults(life, chance);
    // when
    life.play_until(faults_end + 2min);
    // then
    if (life.exit()) {
      EXPECT_NE(life.exit()->code, 0) << life.story();
      EXPECT_NE(life.exit()->message, "") << life.story();
    } else {
      EXPECT_TRUE(serves_or_streams(life.reason())) << life.story();
    }
    EXPECT_LT(life.decisions(), 5 * 240) << "about two questions a second, no more\n"
                                         << life.story();
  }
}

TEST(RandomWalk, S10AStopAtAnyInstantEndsWithinTheBudgetsWhateverIsDeaf) {
  for (std::uint32_t seed = 1; seed <= lives && !HasFailure(); ++seed) {
    // given
    SCOPED_TRACE("seed " + std::to_string(seed));
    Chance chance{seed};
    Life life{some_settings(chance), some_content(chance)};
    script_faults(life, chance);
    ServerCourse server{.starts = std::chrono::milliseconds(chance.below(2000)), .fails = {}};
    if (chance.one_in(2)) server.fast.reset();
    if (chance.one_in(2)) server.immediate.reset();
    life.server(server);
    // when
    const Duration asked = std::chrono::milliseconds(chance.below(20'000));
    life.signal(asked, chance.of<int>({SIGTERM, SIGINT, SIGQUIT})).play_until(faults_end);
    // then
    ASSERT_TRUE(life.exit()) << life.story();
    EXPECT_LE(life.now(), asked + 29s) << life.story();
  }
}

}  // namespace
}  // namespace scenarios
