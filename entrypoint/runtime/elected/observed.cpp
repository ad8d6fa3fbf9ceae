#include "runtime/elected/observed.hpp"

#include <utility>

namespace runtime::elected {

/// A heartbeat that did not move for so long has stopped: it moves every process::Fence::beat.
constexpr core::Duration beat_late = 10 * process::Fence::beat;

core::elected::Facts Observed::at(core::Instant now, core::elected::Volume volume,
                                  const process::Fence& fence) {
  const std::uint64_t heartbeat = fence.heartbeat();
  if (!beat_looked_ || heartbeat != heartbeat_) {
    beats_ = true;
    heartbeat_ = heartbeat;
    beat_looked_ = now;
  } else if (now - *beat_looked_ >= beat_late) {
    beats_ = false;
  }
  core::elected::Facts facts = facts_;
  facts.now = now;
  facts.volume = std::move(volume);
  facts.fence.beats = beats_;
  if (!fence.armed()) facts.fence.deadline.reset();
  return facts;
}

void Observed::decided() {
  facts_.seen.clear();
  facts_.reads_failed.clear();
  facts_.writes_ended.clear();
  facts_.answers.clear();
  facts_.questions.clear();
  facts_.finished.reset();
  facts_.command.reset();
}

}  // namespace runtime::elected
