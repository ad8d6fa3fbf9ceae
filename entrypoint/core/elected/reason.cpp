#include "core/elected/reason.hpp"

#include <array>
#include <cstddef>

namespace core::elected {
namespace {

constexpr std::array names = {
    std::string_view{"following"},
    std::string_view{"serving"},
    std::string_view{"work_runs"},
    std::string_view{"server_starting"},
    std::string_view{"lease_not_read_yet"},
    std::string_view{"lease_unreachable"},
    std::string_view{"renewal_due"},
    std::string_view{"renewal_on_its_way"},
    std::string_view{"candidates_changed"},
    std::string_view{"lease_missing_recreated"},
    std::string_view{"another_holder_seen"},
    std::string_view{"demotion_due"},
    std::string_view{"fence_passed"},
    std::string_view{"fence_does_not_beat"},
    std::string_view{"server_unhealthy"},
    std::string_view{"promoted_to_another_timeline"},
    std::string_view{"stopped_server_stays_standby"},
    std::string_view{"lapsed_holder_writes_again"},
    std::string_view{"holder_without_data_releases"},
    std::string_view{"starts_as_primary"},
    std::string_view{"claims_timeline"},
    std::string_view{"promotes"},
    std::string_view{"promotion_runs"},
    std::string_view{"promotion_failed_releases"},
    std::string_view{"restarts_in_place"},
    std::string_view{"handover_checkpoint"},
    std::string_view{"handover_stop"},
    std::string_view{"handover_release"},
    std::string_view{"switchover_refused"},
    std::string_view{"holder_in_force"},
    std::string_view{"record_damaged"},
    std::string_view{"record_restored"},
    std::string_view{"promise_runs"},
    std::string_view{"not_listed"},
    std::string_view{"withdrawn"},
    std::string_view{"own_copy_not_ready"},
    std::string_view{"own_wal_not_replayed"},
    std::string_view{"released_waiting_for_successor"},
    std::string_view{"asks_positions"},
    std::string_view{"waits_for_positions"},
    std::string_view{"better_candidate_known"},
    std::string_view{"candidate_replays"},
    std::string_view{"takes_over"},
    std::string_view{"waits_for_outcome"},
    std::string_view{"nobody_may_go"},
    std::string_view{"automatic_failover_paused"},
    std::string_view{"volume_full_stops"},
    std::string_view{"volume_full_waits"},
    std::string_view{"volume_without_lock"},
    std::string_view{"volume_unusable"},
    std::string_view{"foreign_cluster"},
    std::string_view{"asks_peers_for_a_cluster"},
    std::string_view{"peer_holds_cluster"},
    std::string_view{"creates_lease"},
    std::string_view{"initdb"},
    std::string_view{"bootstrap_failed_releases"},
    std::string_view{"waits_for_primary"},
    std::string_view{"clones"},
    std::string_view{"rewinds"},
    std::string_view{"follows_holder"},
    std::string_view{"copy_ahead_of_cluster"},
    std::string_view{"asks_holder_for_history"},
    std::string_view{"starts_as_standby"},
    std::string_view{"restarts_for_parameters"},
    std::string_view{"restart_ordered"},
    std::string_view{"reinit_ordered"},
    std::string_view{"withdraws_before_stop"},
    std::string_view{"standby_stops"},
    std::string_view{"leaves"},
};
static_assert(names.size() == static_cast<std::size_t>(Reason::count_), "one name for each reason");

}  // namespace

std::string_view to_text(Reason reason) {
  return names.at(static_cast<std::size_t>(reason));
}

}  // namespace core::elected
