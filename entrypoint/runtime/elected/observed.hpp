#pragma once

#include <cstdint>
#include <optional>

#include "core/elected/facts.hpp"
#include "process/fence.hpp"
#include "runtime/observe.hpp"

namespace runtime::elected {

/// The facts of elected mode as they stand, and the events since the last decision. Owned by the
/// driver; whoever sees something tells it here. It decides nothing.
class Observed {
 public:
  /// What decide() may look at now. Reads the fence's heartbeat.
  [[nodiscard]] core::elected::Facts at(core::Instant now, core::elected::Volume volume,
                                        const process::Fence& fence);
  /// A decision has seen the events.
  void decided();

  void stop_asked(int signal, core::Instant at) { ask_to_stop(facts_.stop, signal, at); }
  [[nodiscard]] const std::optional<core::StopRequest>& stop() const { return facts_.stop; }

  void seen(core::elected::LeaseSeen seen) { facts_.seen.push_back(std::move(seen)); }
  void read_failed(core::elected::ReadFailed failed) { facts_.reads_failed.push_back(failed); }
  void write_ended(core::elected::WriteEnded ended) {
    facts_.writes_ended.push_back(std::move(ended));
  }
  void answered(core::elected::PeerAnswer answer) { facts_.answers.push_back(std::move(answer)); }
  void asked(core::elected::PeerQuestion question) {
    facts_.questions.push_back(std::move(question));
  }
  void work_ended(core::elected::WorkEnded ended) { facts_.finished = ended; }
  void commanded(core::elected::Command command) { facts_.command = std::move(command); }

  [[nodiscard]] core::elected::Server& server() { return facts_.server; }
  [[nodiscard]] const core::elected::Server& server() const { return facts_.server; }
  void standbys_are(std::vector<core::elected::StreamingStandby> standbys) {
    facts_.standbys = std::move(standbys);
  }
  void fence_is_at(std::optional<core::Instant> deadline) { facts_.fence.deadline = deadline; }

 private:
  core::elected::Facts facts_;
  std::uint64_t heartbeat_ = 0;
  std::optional<core::Instant> beat_looked_;
  bool beats_ = true;
};

}  // namespace runtime::elected
