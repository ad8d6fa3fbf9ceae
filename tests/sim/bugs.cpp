#include "bugs.hpp"

#include <array>

namespace sim {
namespace {

using core::elected::Bug;

constexpr std::array bugs = {
    SeededBug{Bug::fresher_version_at_take_over, "fresher-version-at-take-over", "R1"},
    SeededBug{Bug::fence_from_receive_time, "fence-from-receive-time", "R8"},
    SeededBug{Bug::read_extends_the_fence, "read-extends-the-fence", "R2"},
    SeededBug{Bug::fence_after_challengers_wait, "fence-after-challengers-wait", "R10"},
    SeededBug{Bug::release_before_stop, "release-before-stop", "R15"},
    SeededBug{Bug::failsafe_from_the_answer, "failsafe-from-the-answer", "R24"},
    SeededBug{Bug::answer_of_an_old_round, "answer-of-an-old-round", "R24"},
    SeededBug{Bug::unlisted_takes_over, "unlisted-takes-over", "R16"},
    SeededBug{Bug::open_writes_list_forgotten, "open-writes-list-forgotten", "R22"},
    SeededBug{Bug::flying_writes_list_forgotten, "flying-writes-list-forgotten", "R22"},
    SeededBug{Bug::observation_kept_over_restart, "observation-kept-over-restart", "R9"},
    SeededBug{Bug::promise_revives_a_passed_fence, "promise-revives-a-passed-fence", "R23"},
    SeededBug{Bug::candidates_by_name, "candidates-by-name", "R4"},
    SeededBug{Bug::last_holder_by_name, "last-holder-by-name", "R17"},
    SeededBug{Bug::deleted_lease_is_released, "deleted-lease-is-released", "R5"},
    SeededBug{Bug::write_without_uid, "write-without-uid", "R1"},
    SeededBug{Bug::restored_record_gone_on_with, "restored-record-gone-on-with", "R6"},
    SeededBug{Bug::only_the_successor, "only-the-successor", "R27"},
    SeededBug{Bug::take_over_empties_the_list, "take-over-empties-the-list", "R28"},
    SeededBug{Bug::take_over_drops_the_previous_holder, "take-over-drops-the-previous-holder",
              "R28"},
    SeededBug{Bug::timeline_number_used_twice, "timeline-number-used-twice", "R29"},
    SeededBug{Bug::positions_from_before_expiry, "positions-from-before-expiry", "R18"},
    SeededBug{Bug::lower_bound_is_the_position, "lower-bound-is-the-position", "R18"},
    SeededBug{Bug::wall_clock, "wall-clock", "R8"},
    SeededBug{Bug::clone_without_the_s5_check, "clone-without-the-s5-check", "S5"},
    SeededBug{Bug::pause_not_heeded, "pause-not-heeded", "pause"},
};
static_assert(bugs.size() + 1 == static_cast<std::size_t>(Bug::count_), "every bug is put in");

// Each change of the model makes another run of a seed. What these found is proved by scenario
// tests as well, by name in README.md.
constexpr std::array kept = {
    KeptSeed{333, "R5: a deleted Lease was made anew by a pod with a stale view"},
    KeptSeed{3900, "L1: a restored Lease was taken for an old answer for ever"},
    KeptSeed{3290, "S4: initdb after a Lease was deleted whose identifier was not seen"},
    KeptSeed{103639, "L1: a Lease that was never initialised was deleted, and nobody went"},
    KeptSeed{200552, "R5: a create from before there was a cluster came after the deletion"},
    KeptSeed{201470, "S1: a question to withdraw that was late ended a withdrawal"},
    KeptSeed{9764, "L1: --lose-data did not help where the last view had no identifier"},
    KeptSeed{502610,
             "R26: two primaries lost one after the other; the check was wrong, not decide"},
    KeptSeed{1223, "R26: the same, by an ambush"},
    KeptSeed{10369, "S13: a Lease that nobody knew was made anew with a number that was used"},
    KeptSeed{17985, "R18: positions asked before a promise counted after it"},
    KeptSeed{18649, "R18: an answer was lost while the own server replayed"},
};

}  // namespace

std::span<const SeededBug> seeded_bugs() {
  return bugs;
}

std::span<const KeptSeed> kept_seeds() {
  return kept;
}

}  // namespace sim
