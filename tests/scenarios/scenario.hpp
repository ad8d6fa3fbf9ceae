#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/decision.hpp"

namespace scenarios {

/// One pod's core, a decision at a time: the test states facts, then looks at what is decided. Owns
/// the memory between decisions and virtual time. The first look after a change of facts decides,
/// once for all that changed, as runtime's loop does; further looks see the same decision. Facts
/// that hold once (the end of a long action, a reload) are gone after it. Actions are not
/// performed: what comes of them is for the test to state (Life performs them). Each decision is
/// held against broken_promises().
class Scenario {
 public:
  explicit Scenario(core::Settings settings);

  // Facts.
  Scenario& at(core::Duration since_start);
  Scenario& directory(core::directory::Content content);
  Scenario& server_major(std::string major);
  Scenario& peer(std::uint32_t ordinal, core::peer::Answer answer);  ///< answers now
  Scenario& server_runs(core::Role role, core::ServerPhase phase);
  Scenario& below_primary();  ///< the standby's server, seen now
  Scenario& server_ended(core::ExitStatus status, core::directory::State says);
  Scenario& done(core::LongKind kind);
  Scenario& failed(core::LongKind kind, std::string message = "it failed", int exit_code = 1);
  Scenario& passwords_hold(bool hold);  ///< seen now
  /// The standby was seen not to stream, now; nothing: it streams.
  Scenario& cannot_stream(std::optional<core::rejoin::Facts> facts);
  Scenario& streams(bool streams);  ///< the standby's own server says so
  Scenario& ordered(core::OrderGiven order);
  Scenario& wal_room(core::WalRoom room);
  Scenario& signal(int number);  ///< SIGTERM, SIGINT, SIGQUIT or SIGHUP
  Scenario& time_passes();       ///< to the wake of the last decision

  // What is decided.
  [[nodiscard]] core::Reason reason();
  [[nodiscard]] std::vector<core::Action> actions();
  [[nodiscard]] std::string does();  ///< the actions as text, `start primary`; empty: nothing
  [[nodiscard]] std::optional<core::Duration> wake();  ///< as at(): since the start
  [[nodiscard]] const core::Memory& memory();
  /// The Exit that was decided; without one a failed expectation and a code of -1.
  [[nodiscard]] core::action::Exit exit();

 private:
  const core::Decision& decision();
  core::Snapshot& change();

  core::Settings settings_;
  core::Memory memory_;
  core::Snapshot facts_;
  std::optional<core::Instant> since_;  ///< when the server was first said to run
  std::optional<core::Decision> decision_;
};

/// A scenario whose server runs from the start on.
[[nodiscard]] Scenario running(core::Settings settings, core::directory::Cluster found,
                               core::Role role, core::ServerPhase phase);

/// The time of at() as actions name it in their deadlines.
[[nodiscard]] core::Instant instant(core::Duration since_start);

}  // namespace scenarios
