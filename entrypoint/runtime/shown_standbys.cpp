#include "runtime/shown_standbys.hpp"

#include <algorithm>

namespace runtime {

using Standby = core::Status::Standby;

std::vector<Standby> standbys_of(const postgres::Standing& standing) {
  std::vector<Standby> standbys;
  for (const postgres::Sender& sender : standing.senders) {
    if (!sender.streaming) continue;
    const bool behind = sender.flushed < standing.flushed;
    standbys.push_back({.pod = sender.pod.text,
                        .flushed = sender.flushed,
                        .lag_bytes = behind ? standing.flushed.bytes - sender.flushed.bytes : 0,
                        .lag = sender.replay_lag});
  }
  std::ranges::sort(standbys, {}, &Standby::pod);
  return standbys;
}

std::vector<core::Status::Slot> slots_of(const postgres::Standing& standing) {
  std::vector<core::Status::Slot> slots;
  for (const postgres::SlotState& slot : standing.slots) {
    std::optional<std::uint64_t> kept;
    if (slot.keeps_from) {
      const bool behind = *slot.keeps_from < standing.flushed;
      kept = behind ? standing.flushed.bytes - slot.keeps_from->bytes : 0;
    }
    slots.push_back({.name = slot.name, .active = slot.active, .kept_bytes = kept});
  }
  return slots;
}

}  // namespace runtime
