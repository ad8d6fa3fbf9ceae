#include "copy.hpp"

#include <algorithm>

namespace sim {

core::elected::Position Copy::position() const {
  return {.system_id = {system}, .timeline = {timeline()}, .flushed = {end}};
}

std::vector<core::elected::Fork> Copy::history() const {
  std::vector<core::elected::Fork> forks;
  for (std::size_t i = 0; i + 1 < lineage.size(); ++i)
    forks.push_back({.timeline = {lineage[i].timeline}, .at = {lineage[i + 1].begin}});
  return forks;
}

std::uint64_t Copy::common(const Copy& other) const {
  if (system != other.system) return 0;
  std::uint64_t upto = 0;
  for (std::size_t i = 0; i < lineage.size() && i < other.lineage.size(); ++i) {
    if (lineage[i].branch != other.lineage[i].branch) break;
    const std::uint64_t ours = i + 1 < lineage.size() ? lineage[i + 1].begin : end;
    const std::uint64_t theirs =
        i + 1 < other.lineage.size() ? other.lineage[i + 1].begin : other.end;
    upto = std::min(ours, theirs);
    if (ours != theirs) break;
  }
  return upto;
}

bool Copy::may_stream_from(const Copy& upstream) const {
  if (system != upstream.system) return false;
  for (std::size_t i = 0; i < upstream.lineage.size(); ++i) {
    if (upstream.lineage[i].timeline != timeline()) continue;
    const bool last = i + 1 == upstream.lineage.size();
    return end <= (last ? upstream.end : upstream.lineage[i + 1].begin);
  }
  return false;
}

void Copy::receive(const Copy& upstream, std::uint64_t to) {
  if (to <= end) return;
  const auto shared = std::ranges::find(upstream.lineage, timeline(), &Piece::timeline);
  for (auto piece = shared; piece != upstream.lineage.end(); ++piece) {
    if (piece != shared && piece->begin < to) lineage.push_back(*piece);
  }
  end = to;
}

}  // namespace sim
