#include "core/elected/record.hpp"

#include <algorithm>

#include "core/elected/seeded_bug.hpp"

namespace core::elected {
namespace {

/// R4: the name alone is somebody else's as soon as the pod was made anew.
bool same_member(const Member& one, const Member& other) {
  if (seeded(Bug::candidates_by_name)) return one.pod == other.pod;
  return one == other;
}

}  // namespace

bool contains(const std::vector<Member>& members, const Member& member) {
  return std::ranges::any_of(members,
                             [&](const Member& each) { return same_member(each, member); });
}

void add(std::vector<Member>& members, const Member& member) {
  if (!contains(members, member)) members.push_back(member);
}

void take_off(std::vector<Member>& members, const Member& member) {
  std::erase_if(members, [&](const Member& each) { return same_member(each, member); });
}

bool Record::lists(const Member& member) const {
  return contains(candidates, member);
}

}  // namespace core::elected
