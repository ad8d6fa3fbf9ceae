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

std::string utc(time_t when) {
  tm parts{};
  gmtime_r(&when, &parts);
  std::array<char, 32> text{};
  const std::size_t length = strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  return {text.data(), length};
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
  return utc(read(CLOCK_REALTIME).tv_sec -
             std::chrono::duration_cast<std::chrono::seconds>(ago).count()) +
         "Z";
}

std::string wall_clock_text() {
  const timespec time = read(CLOCK_REALTIME);
  std::string micros = std::to_string(time.tv_nsec / 1000);
  micros.insert(0, 6 - micros.size(), '0');
  return utc(time.tv_sec) + "." + micros + "Z";
}

}  // namespace runtime
