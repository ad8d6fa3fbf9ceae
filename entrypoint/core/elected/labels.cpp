#include <algorithm>

#include "core/elected/parts.hpp"

namespace core::elected {
namespace {

using action::Label;
using action::SetLabel;

Label wanted_for(const Draft& draft, const PodName& pod) {
  const bool streams = std::ranges::any_of(
      draft.facts.standbys, [&](const StreamingStandby& each) { return each.member.pod == pod; });
  return streams ? Label::replica : Label::none;
}

/// Who is replaced loses its label first, then clients find the new primary; all else can wait.
int turn_of(const Draft& draft, const SetLabel& each) {
  const auto& replaced = draft.next.holding->previous;
  if (replaced && each.pod == replaced->pod && each.label == Label::none) return 0;
  switch (each.label) {
    case Label::primary: return 1;
    case Label::replica: return 2;
    case Label::none: break;
  }
  return 3;
}

}  // namespace

/// R33: the holder labels all, once its server is open; who is replaced loses its label first. A
/// pod that is no longer the holder takes its own label off.
void label(Draft& draft) {
  Memory& memory = draft.next;
  const bool open = memory.holding && memory.holding->phase == Phase::open && !memory.handover &&
                    is_up(draft) && !memory.stopping;
  std::vector<SetLabel> wanted;
  if (open) {
    for (const PodName& peer : draft.settings.peers)
      wanted.push_back({.pod = peer, .label = wanted_for(draft, peer)});
    wanted.push_back({.pod = draft.settings.pod, .label = Label::primary});
    std::ranges::stable_sort(wanted, {},
                             [&](const SetLabel& each) { return turn_of(draft, each); });
  } else if (!memory.labels.empty()) {
    wanted.push_back({.pod = draft.settings.pod, .label = Label::none});
  }
  for (const SetLabel& each : wanted) {
    const bool set = std::ranges::find(memory.labels, each) != memory.labels.end();
    if (!set) draft.act(each);
  }
  if (open) {
    memory.labels = std::move(wanted);
  } else {
    memory.labels.clear();
  }
}

}  // namespace core::elected
