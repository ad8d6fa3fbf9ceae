#include "runner.hpp"

#include <atomic>
#include <iostream>
#include <mutex>
#include <thread>

namespace sim {
namespace {

std::optional<std::string> run(World& world, int minutes) {
  try {
    world.run(std::chrono::minutes(minutes));
  } catch (const Broken& what) {
    return what.what();
  }
  return std::nullopt;
}

}  // namespace

Result run_seeds(std::uint64_t first, std::uint64_t seeds, int minutes, unsigned threads,
                 core::elected::Bug bug, bool stop_early) {
  Result result;
  std::mutex mutex;
  std::atomic<std::uint64_t> next{first};
  std::atomic<bool> stop{false};
  const auto work = [&] {
    core::elected::seeded_bug = bug;
    while (!stop) {
      const std::uint64_t seed = next++;
      if (seed >= first + seeds) return;
      World world(seed, false);
      const auto broken = run(world, minutes);
      const std::scoped_lock lock(mutex);
      ++result.seeds;
      result.counts.add(world.counts());
      if (!broken) continue;
      result.broken[*broken].insert(seed);
      if (stop_early) stop = true;
    }
  };
  std::vector<std::thread> workers;
  workers.reserve(threads);
  for (unsigned i = 0; i < threads; ++i)
    workers.emplace_back(work);
  for (std::thread& worker : workers)
    worker.join();
  return result;
}

std::optional<std::string> tell_seed(std::uint64_t seed, int minutes, core::elected::Bug bug,
                                     std::size_t lines) {
  core::elected::seeded_bug = bug;
  World world(seed, true);
  auto broken = run(world, minutes);
  core::elected::seeded_bug = core::elected::Bug::none;
  const auto& trace = world.trace();
  for (std::size_t i = trace.size() - std::min(lines, trace.size()); i < trace.size(); ++i)
    std::cout << "  " << trace[i] << "\n";
  std::cout << "seed " << seed << ": " << broken.value_or("every promise holds") << "\n";
  return broken;
}

}  // namespace sim
