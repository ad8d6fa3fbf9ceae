#include "runtime/elected/words.hpp"

#include <algorithm>

namespace runtime::elected {

using core::elected::Decision;
using core::elected::Facts;
using core::elected::Member;
using core::elected::Memory;
using core::elected::Reason;
using core::elected::Record;
using core::elected::Settings;

namespace {

std::string seconds(core::Duration duration) {
  const auto tenths = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count() / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

const Record* record_of(const Memory& memory) {
  return memory.view.sighting ? &memory.view.sighting->record : nullptr;
}

std::string last_holder(const Memory& memory) {
  const Record* record = record_of(memory);
  if (record == nullptr || record->last.pod.text.empty()) return "the last primary";
  std::string text = record->last.pod.text;
  if (!record->node.empty()) text += " (node " + record->node + ")";
  return text;
}

std::string position(const Facts& facts) {
  const auto& own = facts.volume.position;
  if (!own) return "this pod has no data";
  return "this pod stands at timeline " + std::to_string(own->timeline.number) + ", " +
         core::to_text(own->flushed);
}

/// The facts and the choice, behind what they mean.
std::string choice_of(const Memory& memory) {
  return memory.rejoining ? "; " + core::rejoin::to_text(*memory.rejoining) : std::string{};
}

std::string full_volume(const Decision& decision, const Facts& facts) {
  if (!facts.wal_room) return {};
  std::string what = core::advice(*facts.wal_room, "PGDATA");
  if (decision.reason == Reason::volume_full_waits) return what;
  return "fast shutdown while that still goes well, and a standby with room takes over: " + what;
}

/// R19: who is missing, where everybody stands, and the way out.
std::string nobody_may_go(const Decision& decision, const Facts& facts) {
  const Memory& memory = decision.next;
  const Record* record = record_of(memory);
  std::string text;
  if (record == nullptr) {
    text = "there is no Lease, and this volume holds a cluster";
  } else {
    text = "the last primary " + last_holder(memory) +
           " is gone, and may take over: " + names(record->candidates) + ". It stood at " +
           core::to_text(record->flushed);
  }
  text += "; " + position(facts) +
          ". If those pods and their data are lost for good: `pgordinal failover POD --lose-data` "
          "in the pod whose data are to be gone on with";
  return text;
}

}  // namespace

std::string names(const std::vector<Member>& members) {
  std::string text;
  for (const Member& member : members)
    text += (text.empty() ? "" : ", ") + member.pod.text;
  return text.empty() ? "nobody" : text;
}

std::string words(const Settings& settings, const Decision& decision, const Facts& facts) {
  const Memory& memory = decision.next;
  const Record* record = record_of(memory);
  switch (decision.reason) {
    case Reason::serving: {
      std::string text = "this pod is the primary";
      if (memory.holding) {
        text += ", on timeline " + std::to_string(memory.holding->timeline.number);
        text += "; may take over: " + names(memory.holding->record.candidates);
      }
      return text;
    }
    case Reason::claims_timeline:
      return "this pod holds the Lease: the number of its new timeline is written into it before "
             "the server is promoted";
    case Reason::promotes:
      return "the server is promoted to timeline " +
             std::to_string(memory.holding ? memory.holding->timeline.number : 0);
    case Reason::starts_as_primary:
      return "the volume is the last primary's own and nobody took over since: it goes on as the "
             "primary";
    case Reason::restarts_in_place: return "the server ended: it is started again here";
    case Reason::promotion_failed_releases:
      return "the server could not be made the primary: the Lease is released";
    case Reason::holder_without_data_releases:
      return "this pod holds the Lease and has no data: the Lease is released";
    case Reason::handover_checkpoint:
      if (memory.handover && memory.handover->restart)
        return "a restart was ordered: a checkpoint first, while clients are served";
      return "a change of the primary to " +
             (memory.handover && memory.handover->successor ? memory.handover->successor->text
                                                            : std::string("whoever is fit")) +
             " begins: a checkpoint first, while clients are served";
    case Reason::handover_stop: return "the server is shut down: the standbys receive all of it";
    case Reason::handover_release: return "the server is stopped: the Lease is released";
    case Reason::switchover_refused: return {};
    case Reason::demotion_due:
      return "the Lease could not be renewed for " + seconds(settings.timing.demote) +
             ", and not every standby promised to wait: the server is shut down, so that nobody "
             "writes here when another pod takes over";
    case Reason::server_unhealthy:
      return "the server does not answer, so the Lease is not renewed: it is stopped and another "
             "pod may take over";
    case Reason::fence_does_not_beat:
      return "the fence's process does not answer: without it nothing stops this server in time";
    case Reason::fence_passed:
      return "the Lease ran out: the server is stopped, and killed by the fence";
    case Reason::lapsed_holder_writes_again:
      return "the Lease ran out, and nobody is known to have taken over: asking for it again";
    case Reason::another_holder_seen:
      return "another pod is the primary now, " + last_holder(memory) +
             ": the server here is stopped and becomes its standby";
    case Reason::promoted_to_another_timeline:
      return "the server came up on timeline " +
             (facts.volume.position ? std::to_string(facts.volume.position->timeline.number)
                                    : std::string("?")) +
             ", not on the claimed one: it is stopped";
    case Reason::stopped_server_stays_standby: return "the server that was stopped stays a standby";
    case Reason::following: return "standby of " + last_holder(memory);
    case Reason::holder_in_force:
      return last_holder(memory) + " holds the Lease; a take-over is due " +
             seconds(settings.timing.duration) + " after its last renewal";
    case Reason::not_listed:
      return last_holder(memory) +
             " holds the Lease, and does not list this pod as one that may "
             "take over: it does not stream yet, or is too far behind";
    case Reason::withdrawn:
      return "this pod is on no list of who may take over; the primary, where there is one, lists "
             "it again once it streams";
    case Reason::own_copy_not_ready: return "this pod's data cannot be promoted yet";
    case Reason::own_wal_not_replayed:
      return "this pod's server has not replayed all of its WAL since it started: how much it "
             "holds is not known yet";
    case Reason::promise_runs:
      return "this pod promised the primary not to take over while the Kubernetes API is away";
    case Reason::released_waiting_for_successor:
      return "the Lease was released by " + last_holder(memory) + ": its successor goes first";
    case Reason::asks_positions:
    case Reason::waits_for_positions:
      return "the Lease ran out or was released: asking who holds the newest data";
    case Reason::better_candidate_known:
      return "another pod holds newer data: it goes first, for a while";
    case Reason::candidate_replays:
      return "another pod's server has just started and still replays its WAL: it may hold newer "
             "data, and is waited for, for a while";
    case Reason::takes_over:
      return "taking the Lease over from " + last_holder(memory) + "; " + position(facts);
    case Reason::waits_for_outcome: return "waiting for the API's answer to the take-over";
    case Reason::nobody_may_go: return nobody_may_go(decision, facts);
    case Reason::automatic_failover_paused:
      return "the last primary " + last_holder(memory) +
             " does not hold the Lease any more, and nobody takes over because that is paused: "
             "`pgordinal resume` lets a standby go, `pgordinal failover POD --lose-data` this one";
    case Reason::lease_not_read_yet:
      return "the Kubernetes API has not said yet who the primary is";
    case Reason::record_damaged:
      return "the Lease cannot be read, see lease_unreadable: it counts as held until its holder "
             "writes it anew";
    case Reason::record_restored:
      return "the Lease shows a state from before one that was seen: it was restored from a "
             "backup, and counts as held for a full duration";
    case Reason::follows_holder: return "following " + last_holder(memory);
    case Reason::restarts_for_parameters:
      return "replay waits for more of what the primary has: the server is started anew with the "
             "primary's values, see parameters_below_primary";
    case Reason::restart_ordered: return "a restart was ordered: the server is stopped and started";
    case Reason::reinit_ordered:
      return "a new clone was ordered: asking " + last_holder(memory) +
             " whether it has all that is here";
    case Reason::starts_as_standby: return "the server is started as a standby";
    case Reason::asks_holder_for_history:
      return "the stream from " + last_holder(memory) +
             " does not come back: asking it where the histories part";
    case Reason::volume_full_stops:
    case Reason::volume_full_waits: return full_volume(decision, facts);
    case Reason::volume_without_lock:
      return "the volume's file system has no locks, so nothing keeps a second pod off it: elected "
             "mode needs a volume that one node mounts, or locks that work across nodes";
    case Reason::volume_unusable:
      if (const auto* unusable = std::get_if<core::directory::Unusable>(&facts.volume.content)) {
        return unusable->what + " " + unusable->remedy;
      }
      return {};
    case Reason::foreign_cluster:
      return "this volume is of the cluster with system identifier " +
             (facts.volume.position ? core::to_text(facts.volume.position->system_id)
                                    : std::string("?")) +
             ", the Lease's is " +
             (record != nullptr && record->system_id ? core::to_text(*record->system_id)
                                                     : std::string("?")) +
             ": another cluster. If this volume's data are not needed, delete the pod's "
             "PersistentVolumeClaim and the pod";
    case Reason::asks_peers_for_a_cluster:
      return "no Lease, and an empty volume: asking all members whether one holds a cluster";
    case Reason::peer_holds_cluster:
      return "no Lease, but another member holds a cluster: no new one is initialised. `pgordinal "
             "failover POD --lose-data` in the pod whose data are to be gone on with";
    case Reason::creates_lease: return "a new cluster: the Lease is made";
    case Reason::initdb: return "a new cluster is initialised here";
    case Reason::bootstrap_failed_releases:
      return "the initialisation failed, see above: another pod may try";
    case Reason::waits_for_primary: return "waiting for the primary " + last_holder(memory);
    case Reason::clones:
      return "the data are cloned from " + last_holder(memory) + choice_of(memory);
    case Reason::rewinds:
      return "this pod's data went another way than the primary's, " + last_holder(memory) +
             ": they are rewound to where the ways parted" + choice_of(memory);
    case Reason::copy_ahead_of_cluster:
      return position(facts) + ", which is not on the way of the primary " + last_holder(memory) +
             ": it may be the newest copy, so it is kept as it is. If the primary's data are "
             "right, delete this pod's PersistentVolumeClaim and the pod; if these are: `pgordinal "
             "failover " +
             settings.pod.text + " --lose-data`" + choice_of(memory);
    case Reason::withdraws_before_stop:
      return "this standby takes itself off the list of who may take over before it stops";
    case Reason::standby_stops: return "fast shutdown";
    case Reason::leaves: return "leaving";
    case Reason::work_runs:
    case Reason::server_starting:
    case Reason::lease_unreachable:
    case Reason::renewal_due:
    case Reason::renewal_on_its_way:
    case Reason::candidates_changed:
    case Reason::lease_missing_recreated:
    case Reason::promotion_runs:
    case Reason::count_: return {};
  }
  return {};
}

}  // namespace runtime::elected
