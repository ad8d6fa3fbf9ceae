#pragma once

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "core/time.hpp"

namespace sim {

/// Virtual time: what happens next, in order; of two at one instant the one that was planned first.
class Queue {
 public:
  void at(core::Instant when, std::function<void()> happens) {
    heap_.push_back({.when = when, .order = order_++, .happens = std::move(happens)});
    std::ranges::push_heap(heap_, later);
  }
  /// Lets the next one happen; false where nothing is left before `end`.
  bool step(core::Instant end, core::Instant& now) {
    if (heap_.empty() || heap_.front().when > end) return false;
    std::ranges::pop_heap(heap_, later);
    Happening next = std::move(heap_.back());
    heap_.pop_back();
    now = std::max(now, next.when);  // what was planned for the past happens at once
    next.happens();
    return true;
  }

 private:
  struct Happening {
    core::Instant when;
    std::uint64_t order = 0;
    std::function<void()> happens;
  };
  static bool later(const Happening& one, const Happening& other) {
    return one.when != other.when ? one.when > other.when : one.order > other.order;
  }
  std::vector<Happening> heap_;
  std::uint64_t order_ = 0;
};

}  // namespace sim
