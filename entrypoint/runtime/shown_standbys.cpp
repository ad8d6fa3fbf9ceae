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
                        .lag_bytes = behind ? standing.flushed.bytes - sender.flushed.bytes : 0});
  }
  std::ranges::sort(standbys, {}, &Standby::pod);
  return standbys;
}

}  // namespace runtime
