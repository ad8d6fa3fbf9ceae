#include "runtime/clock.hpp"

#include <array>
#include <ctime>

namespace runtime {

namespace {

timespec read(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return time;
}

}  // namespace

core::Instant now() {
  const timespec time = read(CLOCK_BOOTTIME);
  return core::Instant{std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec}};
}

core::Duration until_beat(core::Duration period) {
  const core::Duration half = period / 2;
  return half + period - (now().time_since_epoch() + half) % period;
}

std::string wall_clock_text(core::Duration ago) {
  const time_t then =
      read(CLOCK_REALTIME).tv_sec - std::chrono::duration_cast<std::chrono::seconds>(ago).count();
  tm parts{};
  gmtime_r(&then, &parts);
  std::array<char, 32> text{};
  const std::size_t length = strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text.data(), length};
}

std::string wall_clock_text() {
  const timespec time = read(CLOCK_REALTIME);
  tm parts{};
  gmtime_r(&time.tv_sec, &parts);
  std::array<char, 32> text{};
  const std::size_t length = strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::string micros = std::to_string(time.tv_nsec / 1000);
  micros.insert(0, 6 - micros.size(), '0');
  return std::string(text.data(), length) + "." + micros + "Z";
}

}  // namespace runtime
