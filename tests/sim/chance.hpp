#pragma once

#include <cstdint>

#include "core/time.hpp"

namespace sim {

/// The only source of chance of one simulation: the same seed gives the same run on every machine.
/// (splitmix64, by Sebastiano Vigna, public domain.)
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  std::uint64_t below(std::uint64_t limit) { return limit == 0 ? 0 : next() % limit; }
  int between(int low, int high) {
    return low + static_cast<int>(below(static_cast<std::uint64_t>(high - low) + 1));
  }
  bool one_in(std::uint64_t times) { return below(times) == 0; }
  bool percent(std::uint64_t share) { return below(100) < share; }
  core::Duration milliseconds(int low, int high) {
    return std::chrono::microseconds(between(low * 1000, high * 1000));
  }

 private:
  std::uint64_t state_;
};

}  // namespace sim
