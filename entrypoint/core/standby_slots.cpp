#include "core/standby_slots.hpp"

#include <algorithm>

namespace core::standby_slots {
namespace {

/// Of a slot that is there, for a member.
std::optional<Step> step(const Held& held, const Wanted& wanted, Lsn redo) {
  if (held.in_use) return std::nullopt;
  // Nobody can ever stream by a lost one. And nothing takes an xmin off a slot but a standby that
  // streams by it (a copy of the slot has it, too): it would hold back vacuum in the whole cluster.
  if (!held.keeps_from || held.holds_xmin) return Step{.deed = Deed::make_anew, .slot = held.slot};
  if (!wanted.has) return std::nullopt;
  const Lsn to = std::min(*wanted.has, redo);
  if (to.bytes < held.keeps_from->bytes + worth_advancing) return std::nullopt;
  return Step{.deed = Deed::advance, .slot = held.slot, .to = to};
}

}  // namespace

std::vector<Step> steps(const std::vector<Held>& held, const std::vector<Wanted>& wanted,
                        Lsn redo) {
  std::vector<Step> all;
  for (const Wanted& member : wanted) {
    const auto found = std::ranges::find(held, member.slot, &Held::slot);
    if (found == held.end()) {
      all.push_back({.deed = Deed::create, .slot = member.slot});
    } else if (auto next = step(*found, member, redo)) {
      all.push_back(std::move(*next));
    }
  }
  return all;
}

}  // namespace core::standby_slots
