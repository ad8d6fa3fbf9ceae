#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>

#include "core/elected/seeded_bug.hpp"

namespace sim {

struct Options {
  std::uint64_t first = 1;
  std::uint64_t seeds = 20'000;
  int minutes = 10;
  unsigned threads = 2;
  std::optional<std::uint64_t> seed;  ///< one seed, told event by event
  std::size_t lines = 60;             ///< of its last events
  core::elected::Bug bug = core::elected::Bug::none;
  bool speed = false;  ///< prints how fast changes are, and nothing else
  bool bugs = true;    ///< put each seeded bug in, after the seeds
  std::string report;  ///< a JUnit file
};

/// The command line, or what is wrong with it.
[[nodiscard]] std::expected<Options, std::string> read_options(std::span<char*> words);

}  // namespace sim
