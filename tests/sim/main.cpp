#include <chrono>
#include <fstream>
#include <iomanip>
#include <iostream>

#include "bugs.hpp"
#include "options.hpp"
#include "runner.hpp"
#include "speed.hpp"

namespace {

using sim::Options;
using sim::Result;

/// One line of the JUnit file: a promise that is kept by all seeds, or a bug that is caught.
struct Case {
  std::string name;
  std::string failure;  ///< empty: passed
};

void print_counts(const Result& result, const Options& options, double seconds) {
  const sim::Counts& counts = result.counts;
  std::cout << result.seeds << " seeds of " << options.minutes << " virtual minutes, "
            << result.seeds * static_cast<std::uint64_t>(options.minutes) / 60
            << " virtual hours in " << std::fixed << std::setprecision(1) << seconds << " s\n"
            << "decisions " << counts.decisions << ", writes " << counts.writes << ", take-overs "
            << counts.take_overs << ", promotions " << counts.promotions << ", direct starts "
            << counts.direct_starts << ", initdbs " << counts.initdbs << ", rewinds "
            << counts.rewinds << ", clones " << counts.clones
            << "\nended by a person's --lose-data " << counts.waits_for_a_person
            << ", MiB of WAL given up by failovers " << (counts.given_up_bytes >> 20)
            << "\nfaults:\n";
  for (std::size_t i = 0; i < counts.faults.size(); ++i) {
    std::cout << "  " << std::setw(10) << counts.faults[i] << "  "
              << to_text(static_cast<sim::Fault>(i)) << "\n";
  }
}

std::vector<Case> run_many(const Options& options) {
  std::vector<Case> cases;
  const auto began = std::chrono::steady_clock::now();
  const Result result = sim::run_seeds(options.first, options.seeds, options.minutes,
                                       options.threads, options.bug, false);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  print_counts(result, options, took.count());
  for (const auto& [what, seeds] : result.broken) {
    std::cout << "\nBROKEN: " << what << "; seeds";
    for (const std::uint64_t seed : seeds)
      std::cout << " " << seed;
    std::cout << "\n";
    (void)sim::tell_seed(*seeds.begin(), options.minutes, options.bug, options.lines);
    cases.push_back({.name = "seed " + std::to_string(*seeds.begin()), .failure = what});
  }
  if (result.broken.empty())
    cases.push_back({.name = "every promise holds in all seeds", .failure = {}});
  return cases;
}

std::vector<Case> run_kept(const Options& options) {
  std::vector<Case> cases;
  for (const sim::KeptSeed& kept : sim::kept_seeds()) {
    const Result result = sim::run_seeds(kept.seed, 1, 10, 1, options.bug, false);
    Case one{.name = "kept seed " + std::to_string(kept.seed), .failure = {}};
    if (!result.broken.empty()) one.failure = result.broken.begin()->first;
    cases.push_back(std::move(one));
  }
  std::cout << cases.size() << " kept seeds\n";
  return cases;
}

std::vector<Case> run_bugs(const Options& options) {
  std::vector<Case> cases;
  std::cout << "\nseeded bugs, seeds until the first that catches each:\n";
  for (const sim::SeededBug& bug : sim::seeded_bugs()) {
    const Result result = sim::run_seeds(1, sim::most_seeds, 10, options.threads, bug.bug, true);
    const bool caught = !result.broken.empty();
    std::cout << "  " << std::setw(6) << result.seeds << "  " << std::left << std::setw(38)
              << bug.name << std::right << std::setw(4) << bug.rules << "  "
              << (caught ? result.broken.begin()->first : "NOT CAUGHT") << std::endl;
    cases.push_back(
        {.name = "catches " + std::string(bug.name),
         .failure = caught ? "" : "not caught in " + std::to_string(result.seeds) + " seeds"});
  }
  return cases;
}

void write_report(const std::string& path, const std::vector<Case>& cases) {
  std::ofstream file(path);
  file << "<testsuites><testsuite name=\"sim\">\n";
  for (const Case& each : cases) {
    file << "<testcase classname=\"sim\" name=\"" << each.name << "\">";
    if (!each.failure.empty()) file << "<failure message=\"" << each.failure << "\"/>";
    file << "</testcase>\n";
  }
  file << "</testsuite></testsuites>\n";
}

}  // namespace

int main(int argc, char** argv) {
  const auto options =
      sim::read_options(std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
  if (!options) {
    std::cerr << options.error();
    return 2;
  }
  if (options->speed) {
    sim::print_speed(options->first, options->seeds);
    return 0;
  }
  if (options->seed) {
    return sim::tell_seed(*options->seed, options->minutes, options->bug, options->lines) ? 1 : 0;
  }
  std::vector<Case> cases = run_kept(*options);
  for (Case& each : run_many(*options))
    cases.push_back(std::move(each));
  if (options->bugs) {
    for (Case& each : run_bugs(*options))
      cases.push_back(std::move(each));
  }
  if (!options->report.empty()) write_report(options->report, cases);
  for (const Case& each : cases) {
    if (!each.failure.empty()) return 1;
  }
  return 0;
}
