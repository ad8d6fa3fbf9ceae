#include "core/elected/timing.hpp"

#include "core/elected/seeded_bug.hpp"

namespace core::elected {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string in_seconds(Duration duration) {
  const auto thousandths = std::chrono::duration_cast<milliseconds>(duration).count();
  std::string fraction = std::to_string(thousandths % 1000);
  fraction.insert(0, 3 - fraction.size(), '0');
  return std::to_string(thousandths / 1000) + "." + fraction + " s";
}

/// `part` of `whole`, of `duration`, without overflow for durations below an hour.
Duration scaled(Duration duration, Duration part, Duration whole) {
  return milliseconds(std::chrono::duration_cast<milliseconds>(duration).count() *
                      std::chrono::duration_cast<milliseconds>(part).count() /
                      std::chrono::duration_cast<milliseconds>(whole).count());
}

}  // namespace

Timing default_timing() {
  return {};
}

Timing fast_timing() {
  return {.duration = seconds(4),
          .renew = milliseconds(800),
          .demote = milliseconds(2400),
          .fence = milliseconds(3600),
          .request = milliseconds(600)};
}

std::optional<std::string> contradiction(const Timing& timing) {
  if (timing.renew <= Duration::zero() || timing.request <= Duration::zero()) {
    return "the renewal interval and the time-out of a request must be longer than nothing";
  }
  // A write that times out, then the read that tells what became of it.
  const Duration attempt = timing.renew + 2 * timing.request;
  if (attempt >= timing.demote) {
    return "a renewal with its time-outs takes " + in_seconds(attempt) +
           ", graceful demotion begins at " + in_seconds(timing.demote) + ": it must be later";
  }
  if (timing.demote >= timing.fence) {
    return "graceful demotion begins at " + in_seconds(timing.demote) + ", the fence is at " +
           in_seconds(timing.fence) + ": it must be later";
  }
  const Duration drift = 2 * drift_per_mille * timing.duration / 1000;
  const Duration last_killed = timing.fence + drift + kill_latency;
  if (last_killed >= timing.duration) {
    return "the fence is at " + in_seconds(timing.fence) + ", with clocks' drift and the kill at " +
           in_seconds(last_killed) + ", but others take over after " + in_seconds(timing.duration) +
           ": the lease must be longer";
  }
  return std::nullopt;
}

Deadlines deadlines(const Timing& timing, Duration shortest, Instant counted_from) {
  const bool shorter = shortest > Duration::zero() && shortest < timing.duration;
  const auto of = [&](Duration instant) {
    return shorter ? scaled(instant, shortest, timing.duration) : instant;
  };
  const Duration fence =
      seeded(Bug::fence_after_challengers_wait) ? 2 * timing.duration : timing.fence;
  const Duration immediate = timing.demote + (timing.fence - timing.demote) * 3 / 5;
  return {.demote = counted_from + of(timing.demote),
          .immediate = counted_from + of(immediate),
          .fence = counted_from + of(fence)};
}

}  // namespace core::elected
