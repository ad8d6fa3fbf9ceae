#include "runtime/journal.hpp"

#include <algorithm>

#include "log/log.hpp"

namespace runtime {
namespace {

using core::Reason;
using logs::Level;

constexpr core::Duration repeat = std::chrono::seconds(10);

enum class Kind { steady, deed, waiting, fault };

/// steady: said when it begins. deed: something is done now. waiting: repeated every 10 s. fault:
/// an end or a refusal.
Kind kind_of(Reason reason) {
  switch (reason) {
    case Reason::serving_primary:
    case Reason::serving_standby:
    case Reason::long_action_runs:
    case Reason::slot_due:
    case Reason::slots_due:
    case Reason::passwords_due:
    case Reason::volume_reserve_due: return Kind::steady;
    case Reason::volume_empty:
    case Reason::volume_empty_peers_silent:
    case Reason::volume_empty_primary_answers:
    case Reason::volume_empty_clone_from_named_peer:
    case Reason::unfinished_bootstrap_found:
    case Reason::cluster_found:
    case Reason::cluster_without_session_role:
    case Reason::promotion_pending:
    case Reason::reload_asked:
    case Reason::volume_full_recovers:
    case Reason::copy_to_be_replaced:
    case Reason::replaces_copy:
    case Reason::restarts_for_parameters:
    case Reason::restart_ordered:
    case Reason::reinit_ordered:
    case Reason::stop_asked:
    case Reason::stop_interrupts_long_action:
    case Reason::stop_long_action_overdue:
    case Reason::stop_immediate_asked:
    case Reason::fast_stop_overdue:
    case Reason::immediate_stop_overdue:
    case Reason::stopped_before_start:
    case Reason::server_stopped: return Kind::deed;
    case Reason::server_starting:
    case Reason::asking_primary_first:
    case Reason::asking_peers:
    case Reason::waiting_for_peer_lookups:
    case Reason::waiting_for_primary_name:
    case Reason::waiting_for_primary_lookup:
    case Reason::waiting_for_primary_port:
    case Reason::waiting_for_primary_network:
    case Reason::waiting_for_primary_password:
    case Reason::waiting_for_primary_admission:
    case Reason::waiting_for_primary_start:
    case Reason::waiting_for_primary_data:
    case Reason::clone_failed_retrying:
    case Reason::volume_full_waits:
    case Reason::waiting_for_stop: return Kind::waiting;
    case Reason::copy_kept:
    case Reason::volume_full_stops:
    case Reason::server_failed:
    case Reason::server_not_shut_down:
    case Reason::bootstrap_failed:
    case Reason::long_action_failed:
    case Reason::refused_directory:
    case Reason::refused_major:
    case Reason::refused_peer_holds_cluster:
    case Reason::refused_standby_on_primary_ordinal:
    case Reason::refused_foreign_primary:
    case Reason::count_: return Kind::fault;
  }
  return Kind::fault;
}

/// What is done, in words; empty where the reason's name says it all.
std::string_view deed(Reason reason) {
  switch (reason) {
    case Reason::volume_empty: return "the data directory is empty: initialising a new cluster";
    case Reason::volume_empty_peers_silent:
      return "the data directory is empty, and members whose names resolve gave no answer within "
             "cluster.peer_timeout: initialising a new cluster";
    case Reason::volume_empty_primary_answers:
      return "the data directory is empty and the primary answers: cloning it";
    case Reason::volume_empty_clone_from_named_peer:
      return "the data directory is empty: cloning the peer that cluster.clone_from names, then "
             "becoming the primary";
    case Reason::unfinished_bootstrap_found:
      return "the data directory holds an initialisation or clone that never ended: starting it "
             "again";
    case Reason::cluster_found: return "the data directory holds a cluster: starting the server";
    case Reason::cluster_without_session_role:
      return "the cluster was not made by pgordinal: giving it the roles pgordinal and the "
             "replication role";
    case Reason::promotion_pending: return "the copy becomes the primary";
    case Reason::copy_to_be_replaced:
      return "the primary cannot give this standby what it lacks: its server is stopped, and the "
             "primary is cloned anew";
    case Reason::copy_kept:
      return "this standby is not on the primary's way and may be the newest copy, so it is kept "
             "as it is. If the primary's data are right, delete this pod's PersistentVolumeClaim "
             "and the pod: it then clones the primary";
    case Reason::replaces_copy: return "a new clone of the primary in place of this pod's copy";
    case Reason::restarts_for_parameters:
      return "replay waits for more of what the primary has: the server is started anew with the "
             "primary's values, see parameters_below_primary";
    case Reason::restart_ordered:
      return "a restart was ordered: the server is stopped and started again";
    case Reason::reinit_ordered:
      return "a new clone was ordered: the server is stopped, and the primary is cloned anew";
    case Reason::volume_full_recovers:
      return "the volume of pg_wal is full: its reserve is given up, so that the server can "
             "recover "
             "and be shut down";
    case Reason::volume_full_stops: return "fast shutdown while that still goes well";
    case Reason::stop_asked: return "fast shutdown";
    case Reason::stop_immediate_asked: return "immediate shutdown";
    case Reason::stop_interrupts_long_action:
      return "stopping what was going on; the next start begins it again";
    case Reason::stop_long_action_overdue:
      return "what was going on does not end by SIGTERM: SIGKILL";
    case Reason::fast_stop_overdue:
      return "the fast shutdown takes longer than stop.fast_timeout: immediate shutdown";
    case Reason::immediate_stop_overdue:
      return "the immediate shutdown takes longer than stop.immediate_timeout: SIGKILL";
    default: return {};
  }
}

/// S4: a new cluster does not start while DNS is down, and an old one is not replaced.
std::string advice_on_lookups(const core::Settings& settings) {
  const core::Identity& identity = *settings.cluster.identity;
  const core::Ordinal last{settings.cluster.primary.number + settings.cluster.max_members - 1};
  return "the data directory is empty, and not every name up to " + identity.address(last) +
         " can be looked up: the name server does not answer. A member behind such a name may hold "
         "the cluster, so no new one is initialised until it does. Where names come from hosts "
         "files alone, set cluster.max_members to the number of members";
}

/// What a person should know beyond the reason's name while this waits.
std::string advice(Reason reason, const core::Settings& settings) {
  if (!settings.cluster.identity) return {};
  const std::string primary = settings.cluster.identity->address(settings.cluster.primary);
  const std::string& role = settings.replication.user;
  switch (reason) {
    case Reason::waiting_for_peer_lookups: return advice_on_lookups(settings);
    case Reason::waiting_for_primary_lookup:
      return "the primary's name " + primary +
             " cannot be looked up: the name server does not answer";
    case Reason::waiting_for_primary_name:
      return "the primary's name " + primary +
             " does not resolve. It will once its pod runs; if it never does, check the "
             "StatefulSet's serviceName";
    case Reason::waiting_for_primary_port:
      return "the primary " + primary + " refuses connections: its server is not up yet";
    case Reason::waiting_for_primary_network:
      return "no answer from the primary " + primary +
             ": its node or the network to it is down, or a firewall drops it";
    case Reason::waiting_for_primary_password:
      return "the primary " + primary + " refuses the password of role " + role +
             ": this pod and the primary were given different passwords, or the role was changed "
             "by hand";
    case Reason::waiting_for_primary_admission:
      return "the primary " + primary +
             " has no pg_hba.conf entry for this pod: its address does not resolve back to " +
             settings.cluster.identity->address() +
             ". Have the headless Service publish it, or list the pods' network in "
             "replication.allow";
    case Reason::waiting_for_primary_start:
      return "the primary " + primary + " is up and does not accept connections yet";
    case Reason::waiting_for_primary_data:
      return "the primary " + primary + " has no data yet: it waits or bootstraps";
    default: return {};
  }
}

Level level_of(Kind kind) {
  switch (kind) {
    case Kind::steady: return Level::debug;
    case Kind::deed:
    case Kind::waiting: return Level::info;
    case Kind::fault: return Level::error;
  }
  return Level::info;
}

const core::action::Exit* exit_of(const core::Decision& decision) {
  for (const core::Action& action : decision.actions) {
    if (const auto* exit = std::get_if<core::action::Exit>(&action)) return exit;
  }
  return nullptr;
}

}  // namespace

std::string words(const core::Decision& decision, const core::Settings& settings) {
  if (const auto* exit = exit_of(decision)) return exit->message;
  std::string text = kind_of(decision.reason) == Kind::waiting ? advice(decision.reason, settings)
                                                               : std::string(deed(decision.reason));
  const bool rejoins = decision.reason == Reason::copy_to_be_replaced ||
                       decision.reason == Reason::copy_kept ||
                       decision.reason == Reason::reinit_ordered;
  const bool full =
      decision.reason == Reason::volume_full_stops || decision.reason == Reason::volume_full_waits;
  if (full && decision.next.no_room) {
    text += (text.empty() ? "" : ": ") +
            core::advice(decision.next.no_room->seen, settings.official.pgdata);
  }
  if (rejoins && decision.next.rejoining)
    text += "; " + core::rejoin::to_text(*decision.next.rejoining);
  return text;
}

bool is_deed(Reason reason) {
  const Kind kind = kind_of(reason);
  return kind == Kind::deed || kind == Kind::fault;
}

void Journal::decided(const core::Decision& decision, core::Instant at) {
  const Kind kind = kind_of(decision.reason);
  const bool fresh = last_ != decision.reason;
  if (fresh) began_ = at;
  if (!fresh && (kind == Kind::steady || at - said_ < repeat)) return;
  last_ = decision.reason;
  said_ = at;
  if (const auto* exit = exit_of(decision)) {
    logs::event(level_of(kind), "exit",
                {{"reason", core::to_text(decision.reason)}, {"status", exit->code}},
                exit->message);
    return;
  }
  const std::string_view event = kind == Kind::waiting ? "waiting" : "decision";
  const std::string message = words(decision, settings_);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(at - began_).count();
  if (seconds == 0) {
    logs::event(level_of(kind), event, {{"reason", core::to_text(decision.reason)}}, message);
  } else {
    logs::event(level_of(kind), event,
                {{"reason", core::to_text(decision.reason)}, {"seconds", seconds}}, message);
  }
}

}  // namespace runtime
