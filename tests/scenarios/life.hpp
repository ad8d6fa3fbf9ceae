#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/decision.hpp"

namespace scenarios {

/// How one long action goes.
struct Course {
  /// What it takes to end it early.
  enum class Ends { by_term, by_kill, never };

  core::Duration takes = std::chrono::seconds(1);
  bool ok = true;
  std::string message = "it failed";
  int exit_code = 1;
  Ends ends = Ends::by_term;
};

/// How the server behaves.
struct ServerCourse {
  core::Duration starts = std::chrono::milliseconds(200);  ///< until it accepts connections
  std::optional<core::ExitStatus> fails;  ///< it ends so instead of accepting connections
  std::optional<core::Duration> fast = std::chrono::milliseconds(100);      ///< nothing: never
  std::optional<core::Duration> immediate = std::chrono::milliseconds(50);  ///< nothing: never
};

/// A pod's whole life in virtual time: performs what core decides in a small model of runtime, as
/// honest as a test needs. Questions are answered after a delay, long actions and the server take
/// their time and change the volume, and core sees the volume only when runtime would look at it.
/// Owns the volume, the memory, the clock. It stops at an Exit, when nothing is left that could
/// happen, or with a failed expectation where decisions turn in circles. Each decision is held
/// against broken_promises().
class Life {
 public:
  Life(core::Settings settings, core::directory::Content volume);
  Life(const Life&) = delete;
  Life& operator=(const Life&) = delete;

  // The script.
  Life& peer(std::uint32_t ordinal, core::peer::Answer answer, core::Duration from = {});
  Life& next(core::LongKind kind, Course course);  ///< in turn; without one: one second, well
  Life& server(ServerCourse course);
  Life& wal_room(core::WalRoom room);
  /// From then on, while the server runs and while it does not.
  Life& wal_room_at(core::Duration when, core::WalRoom running, core::WalRoom down);
  Life& signal(core::Duration when, int number);
  Life& server_dies(core::Duration when, core::ExitStatus status);

  // The play.
  Life& play_until(core::Duration end);
  /// One decision and its actions; false where the life is over or nothing is left to happen.
  bool step(core::Duration end);
  /// SIGKILL to PID 1 and all of the pod, and a new start on the same volume at the same instant.
  Life& killed_and_started_again();

  // What came of it.
  /// A line for each decision that acted or had a new reason: `0.500 asking_peers: ask 1 2`.
  [[nodiscard]] std::string story() const;
  /// When an action of that text was decided, in seconds since the start.
  [[nodiscard]] std::vector<core::Duration> times_of(const std::string& action) const;
  [[nodiscard]] const std::optional<core::action::Exit>& exit() const { return exit_; }
  [[nodiscard]] core::Reason reason() const { return reason_; }
  [[nodiscard]] bool serves_as(core::Reason reason) const { return !exit_ && reason_ == reason; }
  [[nodiscard]] core::Duration now() const { return facts_.now.time_since_epoch(); }
  [[nodiscard]] const core::directory::Content& volume() const { return volume_; }
  [[nodiscard]] int decisions() const { return decisions_; }

 private:
  struct Happening {
    int generation = 0;  ///< of the pod's start: what is older was killed with it
    std::function<void()> happens;
  };
  struct Told {
    core::Instant at;
    core::Reason reason;
    std::vector<core::Action> actions;
  };

  void after(core::Duration delay, std::function<void()> happens);
  bool advance(core::Instant end);
  void perform(const core::Action& action);
  void act(const core::action::DiscardUnfinished& deed);
  void act(const core::action::Bootstrap& deed);
  void act(const core::action::Adopt& deed);
  void act(const core::action::Clone& deed);
  void act(const core::action::AskPeers& deed);
  void act(const core::action::StartServer& deed);
  void act(const core::action::Promote& deed);
  void act(const core::action::StopServer& deed);
  void act(const core::action::StopLongAction& deed);
  void act(const core::action::Reload& deed);
  void act(const core::action::EnsureSlot& deed);
  void act(const core::action::MaintainSlots& deed);
  void act(const core::action::AssertPasswords& deed);
  void act(const core::action::AnswerOrder&) {}
  void act(const core::action::ReleaseReserve& deed);
  void act(const core::action::MakeReserve& deed);
  void act(const core::action::Exit& deed);

  void begin(core::LongKind kind, std::function<void()> works);
  void end_long_action(core::LongKind kind, const Course& course, bool ok);
  void ask(core::Ordinal whom, core::Instant deadline);
  [[nodiscard]] core::peer::Answer answer_of(core::Ordinal whom, core::Instant when) const;
  void server_phase(core::ServerPhase phase);
  void server_ends(core::ExitStatus status, std::optional<core::directory::State> says);
  void look() { facts_.directory = volume_; }
  core::directory::Cluster* cluster();

  core::Settings settings_;
  core::directory::Content volume_;
  core::Memory memory_;
  core::Snapshot facts_;
  std::optional<core::Instant> wake_;
  std::multimap<core::Instant, Happening> happenings_;
  std::map<core::Ordinal, std::map<core::Instant, core::peer::Answer>> peers_;
  std::map<core::LongKind, std::vector<Course>> courses_;
  ServerCourse server_course_;
  std::optional<std::pair<core::LongKind, Course>> long_action_;
  int long_actions_ = 0;  ///< begun so far: the end of an older one is nobody's
  int generation_ = 0;
  int decisions_ = 0;
  int decisions_now_ = 0;  ///< at this very instant
  bool due_ = true;        ///< something was observed since the last decision
  core::Reason reason_ = core::Reason::count_;
  std::vector<Told> told_;
  std::optional<core::action::Exit> exit_;
};

}  // namespace scenarios
