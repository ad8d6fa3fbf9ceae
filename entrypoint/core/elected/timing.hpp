#pragma once

#include <optional>
#include <string>

#include "core/time.hpp"

namespace core::elected {

/// The durations of a lease (R8 to R10). A holder's count from the send time of its last write that
/// is known to be applied, a challenger's from when it received the last change.
struct Timing {
  Duration duration = std::chrono::seconds(10);        ///< challengers wait this long
  Duration renew = std::chrono::seconds(2);            ///< between the sends of two renewals
  Duration demote = std::chrono::seconds(6);           ///< a graceful stop begins
  Duration fence = std::chrono::seconds(9);            ///< the fence kills
  Duration request = std::chrono::milliseconds(1500);  ///< time-out of one read or write

  bool operator==(const Timing&) const = default;
};

[[nodiscard]] Timing default_timing();
[[nodiscard]] Timing fast_timing();

/// Two boot clocks differ by less than this share of what they count.
inline constexpr std::int64_t drift_per_mille = 1;
/// From the fence's deadline to the last process being gone.
inline constexpr Duration kill_latency = std::chrono::milliseconds(200);

/// What contradicts what (R10), in words; nothing where the relations hold. Checked at start.
[[nodiscard]] std::optional<std::string> contradiction(const Timing& timing);

/// When a holder has to stop, and when it is stopped.
struct Deadlines {
  Instant demote;
  Instant immediate;  ///< the graceful stop becomes an immediate shutdown
  Instant fence;
};

/// `shortest`: the shortest duration that a challenger may have read (R9); a shorter one than ours
/// shortens ours in proportion.
[[nodiscard]] Deadlines deadlines(const Timing& timing, Duration shortest, Instant counted_from);

}  // namespace core::elected
