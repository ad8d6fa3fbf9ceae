#pragma once

#include <cstdint>

namespace core::elected {

/// Bugs that the simulation puts in, to show that it can fail. Each takes one rule away. In the
/// product `seeded()` is a constant `false`: the compiler leaves nothing of them, and a scenario
/// test asserts it. Only tests/sim compiles these sources with PGORDINAL_SEEDED_BUGS.
enum class Bug : std::uint8_t {
  none,
  fresher_version_at_take_over,
  fence_from_receive_time,
  read_extends_the_fence,
  fence_after_challengers_wait,
  release_before_stop,
  failsafe_from_the_answer,
  answer_of_an_old_round,
  unlisted_takes_over,
  open_writes_list_forgotten,
  flying_writes_list_forgotten,
  observation_kept_over_restart,
  promise_revives_a_passed_fence,
  candidates_by_name,
  last_holder_by_name,
  deleted_lease_is_released,
  write_without_uid,
  restored_record_gone_on_with,
  only_the_successor,
  take_over_empties_the_list,
  take_over_drops_the_previous_holder,
  timeline_number_used_twice,
  positions_from_before_expiry,
  lower_bound_is_the_position,
  wall_clock,
  clone_without_the_s5_check,
  pause_not_heeded,
  count_,
};

#ifdef PGORDINAL_SEEDED_BUGS
inline thread_local Bug seeded_bug = Bug::none;
inline bool seeded(Bug bug) {
  return seeded_bug == bug;
}
#else
constexpr bool seeded(Bug) {
  return false;
}
#endif

}  // namespace core::elected
