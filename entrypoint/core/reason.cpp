#include "core/reason.hpp"

#include <array>
#include <cstddef>

namespace core {
namespace {

constexpr std::array names = {
    std::string_view{"serving_primary"},
    std::string_view{"serving_standby"},
    std::string_view{"server_starting"},
    std::string_view{"long_action_runs"},
    std::string_view{"volume_empty"},
    std::string_view{"volume_empty_peers_silent"},
    std::string_view{"volume_empty_primary_answers"},
    std::string_view{"volume_empty_clone_from_named_peer"},
    std::string_view{"unfinished_bootstrap_found"},
    std::string_view{"cluster_found"},
    std::string_view{"cluster_without_session_role"},
    std::string_view{"asking_primary_first"},
    std::string_view{"promotion_pending"},
    std::string_view{"asking_peers"},
    std::string_view{"waiting_for_peer_lookups"},
    std::string_view{"waiting_for_primary_name"},
    std::string_view{"waiting_for_primary_lookup"},
    std::string_view{"waiting_for_primary_port"},
    std::string_view{"waiting_for_primary_network"},
    std::string_view{"waiting_for_primary_password"},
    std::string_view{"waiting_for_primary_admission"},
    std::string_view{"waiting_for_primary_start"},
    std::string_view{"waiting_for_primary_data"},
    std::string_view{"clone_failed_retrying"},
    std::string_view{"slot_due"},
    std::string_view{"slots_due"},
    std::string_view{"passwords_due"},
    std::string_view{"copy_to_be_replaced"},
    std::string_view{"copy_kept"},
    std::string_view{"replaces_copy"},
    std::string_view{"restarts_for_parameters"},
    std::string_view{"restart_ordered"},
    std::string_view{"reinit_ordered"},
    std::string_view{"reload_asked"},
    std::string_view{"volume_reserve_due"},
    std::string_view{"volume_full_stops"},
    std::string_view{"volume_full_recovers"},
    std::string_view{"volume_full_waits"},
    std::string_view{"stop_asked"},
    std::string_view{"stop_interrupts_long_action"},
    std::string_view{"stop_long_action_overdue"},
    std::string_view{"stop_immediate_asked"},
    std::string_view{"fast_stop_overdue"},
    std::string_view{"immediate_stop_overdue"},
    std::string_view{"waiting_for_stop"},
    std::string_view{"stopped_before_start"},
    std::string_view{"server_stopped"},
    std::string_view{"server_failed"},
    std::string_view{"server_not_shut_down"},
    std::string_view{"bootstrap_failed"},
    std::string_view{"long_action_failed"},
    std::string_view{"refused_directory"},
    std::string_view{"refused_major"},
    std::string_view{"refused_peer_holds_cluster"},
    std::string_view{"refused_standby_on_primary_ordinal"},
    std::string_view{"refused_foreign_primary"},
};
static_assert(names.size() == static_cast<std::size_t>(Reason::count_), "one name for each reason");

}  // namespace

std::string_view to_text(Reason reason) {
  return names.at(static_cast<std::size_t>(reason));
}

}  // namespace core
