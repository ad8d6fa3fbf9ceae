#include "runtime/clock.hpp"

#include <ctime>

namespace runtime {

core::Instant now() {
  timespec time{};
  clock_gettime(CLOCK_BOOTTIME, &time);
  return core::Instant{std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec}};
}

}  // namespace runtime
