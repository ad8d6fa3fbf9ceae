#pragma once

#include "core/decision.hpp"
#include "runtime/long_run.hpp"

namespace runtime {

/// The major version of the image's programs, `17`; empty: not known.
[[nodiscard]] std::string program_major(const Context& context);

/// The first signal of a mode counts; SIGQUIT makes a stop immediate for good.
void ask_to_stop(std::optional<core::StopRequest>& stop, int signal, core::Instant at);

/// The facts as they stand. Owned by the loop; whoever sees something tells it here; decide() gets
/// it as a snapshot. It decides nothing.
class Observed {
 public:
  explicit Observed(const Context& context);

  [[nodiscard]] core::Snapshot at(core::Instant now) const;
  /// A decision has seen the facts that hold once: the end of a long action, and a reload where it
  /// reloads.
  void decided(const core::Decision& decision);

  void stop_asked(int signal, core::Instant at) { ask_to_stop(facts_.stop, signal, at); }
  void reload_asked() { facts_.reload = true; }
  void ordered(core::OrderGiven order) { facts_.order = std::move(order); }
  [[nodiscard]] bool reload_pending() const { return facts_.reload; }
  /// Reads PGDATA, and which major version the image's programs are of.
  void look_at_directory();
  void server_is(core::server::State state);
  void promoted();
  void ended(core::LongResult result);
  void passwords_hold(bool hold, core::Instant at);
  /// Nothing: it streams, or nobody could tell.
  void cannot_stream(std::optional<core::rejoin::Facts> facts, core::Instant at);
  /// Of a standby, whether its own server says so now.
  void streams(bool streams);
  void wal_room(std::optional<core::WalRoom> room) { facts_.wal_room = room; }
  /// Bytes of one WAL file; nothing: there is no cluster.
  [[nodiscard]] std::optional<std::uint32_t> wal_segment() const;
  void answered(core::Ordinal peer, core::peer::Answer answer, core::Instant at);

  [[nodiscard]] const core::server::State& server() const { return facts_.server; }
  /// What that peer said last; nullptr: it was not asked.
  [[nodiscard]] const core::peer::Answer* answer_of(core::Ordinal peer) const;
  [[nodiscard]] bool stop_asked() const { return facts_.stop.has_value(); }
  [[nodiscard]] bool holds_copy_of(core::SystemId cluster) const;

 private:
  const Context& context_;
  core::Snapshot facts_;
};

}  // namespace runtime
