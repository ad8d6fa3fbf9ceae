#include <algorithm>
#include <initializer_list>

#include "core/parts.hpp"

namespace core {
namespace {

using namespace std::chrono_literals;

constexpr Duration question_timeout = 2s;
/// Between two questions to a primary that is not ready: short, because a new cluster starts in a
/// second or two.
constexpr Duration question_pause = 500ms;
/// The same between two rounds of questions to peers whose names cannot be looked up: DNS that is
/// down is down for longer.
constexpr Duration lookup_pause = 2s;
/// No initdb on an answer older than this: the peer may have come up since.
constexpr Duration answer_holds = 30s;

/// The answer of `whom` to a question asked at or after `asked`.
const peer::Answer* answer_since(const Snapshot& facts, Ordinal whom, Instant asked) {
  const auto found = facts.peers.find(whom);
  return found == facts.peers.end() || found->second.at < asked ? nullptr : &found->second.value;
}

Decision ask(Draft draft, Reason reason, std::vector<Ordinal> whom) {
  const Instant now = draft.facts.now;
  draft.next.last_asked = now;
  if (!draft.next.first_asked) draft.next.first_asked = now;
  return draft.result(
      reason,
      {action::AskPeers{
          .whom = std::move(whom), .deadline = now + question_timeout, .say_empty = true}},
      now + question_timeout);
}

/// Ask `source` until it serves, then clone it.
Decision clone_from(Draft draft, Ordinal source, Reason reason, bool then_promote) {
  const Instant now = draft.facts.now;
  if (draft.next.clone_failures > 0) {
    const Instant again = *draft.next.clone_failed + rejoin::pause_after(draft.next.clone_failures);
    if (now < again) return draft.result(Reason::clone_failed_retrying, {}, again);
  }
  const auto asked = draft.next.last_asked;
  if (!asked) return ask(std::move(draft), Reason::asking_peers, {source});
  const peer::Answer* answer = answer_since(draft.facts, source, *asked);
  if (answer != nullptr && std::holds_alternative<peer::Serves>(*answer)) {
    return begin(std::move(draft), reason, LongKind::clone,
                 action::Clone{.source = source, .then_promote = then_promote});
  }
  // The last answer names the wait, also while the next one is on its way: the log must not
  // flicker.
  const peer::Answer* known = answer_since(draft.facts, source, *draft.next.first_asked);
  const Reason waiting = known == nullptr ? Reason::asking_peers : waiting_reason(*known);
  const Instant again =
      answer == nullptr ? *asked + question_timeout + question_pause : *asked + question_pause;
  if (now >= again) return ask(std::move(draft), waiting, {source});
  return draft.result(waiting, {}, again);
}

std::vector<Ordinal> other_members(const ClusterSettings& cluster) {
  std::vector<Ordinal> others;
  for (std::uint32_t offset = 1; offset < cluster.max_members; ++offset) {
    others.push_back(Ordinal{cluster.primary.number + offset});
  }
  return others;
}

std::string peer_holds_cluster_message(const Draft& draft, Ordinal peer) {
  const ClusterSettings& cluster = draft.settings.cluster;
  const std::string name = cluster.identity->peer(peer).text;
  return "the volume of this pod, " + cluster.identity->pod().text + ", is empty, but its peer " +
         name +
         " holds a cluster: initdb would make a second one. Give this pod its volume back, or set "
         "cluster.clone_from "
         "(PGORDINAL_CLUSTER_CLONE_FROM) to the peer with the newest data, " +
         name + " for one: this pod clones it and becomes the primary. Nothing was changed";
}

/// Whether a peer's answer leaves room for a cluster on its volume.
enum class Doubt : std::uint8_t {
  none,     ///< there is no such pod, or its volume is empty
  bounded,  ///< a pod that may be about to start its server: waited for as long as peer_timeout
            ///< says
  open,     ///< nobody knows whether there is such a pod: no initdb until somebody does
};

Doubt doubt(const peer::Answer* answer) {
  if (answer == nullptr) return Doubt::open;
  const auto* silence = std::get_if<peer::Silence>(answer);
  if (silence == nullptr) return Doubt::none;
  switch (*silence) {
    case peer::Silence::unresolved: return Doubt::none;
    case peer::Silence::lookup_failed: return Doubt::open;
    case peer::Silence::refused:
    case peer::Silence::unreachable: return Doubt::bounded;
  }
  return Doubt::open;
}

/// What is known of all other members.
struct Round {
  std::optional<Ordinal> holder;  ///< one that holds a cluster
  std::vector<Ordinal> open;      ///< of open doubt, a question that is on its way included
  std::vector<Ordinal> bounded;   ///< of bounded doubt
  std::vector<Ordinal> absent;    ///< without a pod, when they were asked: a name may appear late
  bool waits = false;             ///< for an answer to the last question
};

Round round_of(const Draft& draft) {
  const Instant asked = *draft.next.last_asked;
  const Instant since = std::max(*draft.next.first_asked, draft.facts.now - answer_holds);
  Round round;
  for (const Ordinal peer : other_members(draft.settings.cluster)) {
    const peer::Answer* answer = answer_since(draft.facts, peer, since);
    if (answer != nullptr && peer::holds_cluster(*answer)) round.holder = peer;
    const Doubt left = doubt(answer);
    if (left == Doubt::open) round.open.push_back(peer);
    if (left == Doubt::bounded) round.bounded.push_back(peer);
    if (answer != nullptr && *answer == peer::Answer{peer::Silence::unresolved})
      round.absent.push_back(peer);
    if (left != Doubt::none && answer_since(draft.facts, peer, asked) == nullptr &&
        draft.facts.now < asked + question_timeout)
      round.waits = true;
  }
  return round;
}

std::vector<Ordinal> in_turn(std::initializer_list<std::vector<Ordinal>> groups) {
  std::vector<Ordinal> all;
  for (const std::vector<Ordinal>& group : groups)
    all.insert(all.end(), group.begin(), group.end());
  return all;
}

/// S4: initdb only where no peer that answers holds a cluster, and where it is known of every peer
/// whether there is one. Peers that are there and do not answer hold it up for peer_timeout: a pod
/// that never comes up must not keep a new cluster from starting (L6). A name that cannot be looked
/// up holds it up until it can: DNS that is down says nothing about a pod, and static mode has no
/// other memory than its peers.
Decision bootstrap_unless_a_peer_holds_a_cluster(Draft draft) {
  const Instant now = draft.facts.now;
  std::vector<Ordinal> everybody = other_members(draft.settings.cluster);
  if (everybody.empty())
    return begin(std::move(draft), Reason::volume_empty, LongKind::bootstrap, action::Bootstrap{});
  if (!draft.next.first_asked)
    return ask(std::move(draft), Reason::asking_peers, std::move(everybody));

  const Round round = round_of(draft);
  if (round.holder) {
    std::string message = peer_holds_cluster_message(draft, *round.holder);
    return refuse(std::move(draft), Reason::refused_peer_holds_cluster, std::move(message));
  }
  const Instant end = *draft.next.first_asked + draft.settings.cluster.peer_timeout;
  const bool patient = now < end;
  if (round.open.empty() && (round.bounded.empty() || !patient)) {
    const Reason reason =
        round.bounded.empty() ? Reason::volume_empty : Reason::volume_empty_peers_silent;
    return begin(std::move(draft), reason, LongKind::bootstrap, action::Bootstrap{});
  }
  const Reason waiting = patient ? Reason::asking_peers : Reason::waiting_for_peer_lookups;
  const Instant asked = *draft.next.last_asked;
  const Instant again = patient ? std::min(asked + question_pause, end) : asked + lookup_pause;
  if (!round.waits && now >= again) {
    // Those of open doubt first: where look-ups are slow, each round must get further.
    return ask(std::move(draft), waiting,
               patient ? in_turn({round.open, round.bounded, round.absent})
                       : in_turn({round.open, round.bounded}));
  }
  const Instant answered =
      patient ? std::min(asked + question_timeout, end) : asked + question_timeout;
  return draft.result(waiting, {}, round.waits ? answered : again);
}

}  // namespace

Reason waiting_reason(const peer::Answer& answer) {
  if (const auto* silence = std::get_if<peer::Silence>(&answer)) {
    switch (*silence) {
      case peer::Silence::unresolved: return Reason::waiting_for_primary_name;
      case peer::Silence::lookup_failed: return Reason::waiting_for_primary_lookup;
      case peer::Silence::refused: return Reason::waiting_for_primary_port;
      case peer::Silence::unreachable: return Reason::waiting_for_primary_network;
    }
  }
  if (const auto* refusal = std::get_if<peer::Refusal>(&answer)) {
    switch (*refusal) {
      case peer::Refusal::bad_password: return Reason::waiting_for_primary_password;
      case peer::Refusal::no_hba_entry: return Reason::waiting_for_primary_admission;
      case peer::Refusal::not_accepting:
      case peer::Refusal::other: return Reason::waiting_for_primary_start;
    }
  }
  // It served when it was asked before, and is asked anew.
  if (std::holds_alternative<peer::Serves>(answer)) return Reason::asking_peers;
  return Reason::waiting_for_primary_data;
}

Decision decide_static_empty(Draft draft) {
  const ClusterSettings& cluster = draft.settings.cluster;
  if (!draft.is_primary_ordinal()) {
    return clone_from(std::move(draft), cluster.primary, Reason::volume_empty_primary_answers,
                      false);
  }
  if (cluster.clone_from) {
    const Ordinal source = split_pod_name(cluster.clone_from->text)->ordinal;
    return clone_from(std::move(draft), source, Reason::volume_empty_clone_from_named_peer, true);
  }
  return bootstrap_unless_a_peer_holds_a_cluster(std::move(draft));
}

}  // namespace core
