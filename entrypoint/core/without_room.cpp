#include "core/parts.hpp"

/// The volume of pg_wal is full: stop while that goes well, wait, come back. No circle: each start
/// needs more room than its stop left, and the pauses between them grow.
namespace core {
namespace {

/// One that was stopped on its way is begun again; one that finds no room is not, for ever.
constexpr std::uint32_t most_recoveries = 2;

void count_end(Draft& draft, const WalRoom& room) {
  Memory& next = draft.next;
  const Instant now = draft.facts.now;
  const bool again = next.no_room || lacked_lately(next.room_lacked, now);
  next.ends_without_room = again ? next.ends_without_room + 1 : 1;
  next.room_lacked = now;
  const std::uint32_t recoveries = next.no_room ? next.no_room->recoveries : 0;
  next.no_room =
      Memory::NoRoom{.seen = room, .since = now, .ended = true, .recoveries = recoveries};
}

/// A primary that was not shut down: on the reserve it can recover, and be shut down then.
bool can_recover(const Draft& draft, const directory::Cluster& cluster, const WalRoom& room) {
  if (directory::was_shut_down(cluster.control) ||
      draft.next.no_room->recoveries >= most_recoveries)
    return false;
  return has_reserve(room) || room.available >= 2 * room.segment;
}

Decision stop_for_room(Draft draft, const WalRoom& room) {
  auto& noted = draft.next.no_room;
  if (!noted) noted.emplace();
  noted->seen = room;
  noted->since = draft.facts.now;
  noted->ended = false;
  Decision decision = decide_stop(std::move(draft));
  decision.reason = Reason::volume_full_stops;
  if (has_reserve(room))
    decision.actions.insert(decision.actions.begin(), action::ReleaseReserve{});
  return decision;
}

}  // namespace

std::optional<Decision> see_to_room(Draft& draft, const server::Running& running) {
  if (!draft.facts.wal_room) return std::nullopt;
  const WalRoom& room = *draft.facts.wal_room;
  Memory& next = draft.next;
  const Instant now = draft.facts.now;
  if (lacks_room(room, next.no_room.has_value())) {
    if (running.phase != ServerPhase::starting) return stop_for_room(draft, room);
    // A recovery: it gets what it needs to end, and to be shut down then.
    if (!has_reserve(room)) return std::nullopt;
    return draft.result(Reason::volume_full_recovers, {action::ReleaseReserve{}},
                        now + rest_without_room);
  }
  next.no_room.reset();
  if (running.phase != ServerPhase::ready || !reserve_due(room, next.reserve_tried, now))
    return std::nullopt;
  next.reserve_tried = now;
  return draft.result(Reason::volume_reserve_due, {action::MakeReserve{.bytes = room.wanted}}, now);
}

bool ended_without_room(Draft& draft, const server::Ended& ended) {
  Memory& next = draft.next;
  const auto& room = draft.facts.wal_room;
  const bool lacks = !ended.status.success() && room && room->available < needed(*room, false);
  if (!next.no_room && !lacks) return false;
  if (draft.facts.stop || next.refusal || next.replacing || next.long_action) return false;
  next.stopping.reset();
  if (!next.no_room || !next.no_room->ended) count_end(draft, room.value_or(WalRoom{}));
  return true;
}

std::optional<Decision> start_without_room(Draft& draft, const directory::Cluster& cluster,
                                           const action::StartServer& start) {
  Memory& next = draft.next;
  const auto& room = draft.facts.wal_room;
  const Instant now = draft.facts.now;
  const Instant paused =
      next.no_room ? next.no_room->since + rejoin::pause_after(next.ends_without_room) : now;
  if (!room || (!lacks_room(*room, next.no_room.has_value()) && now >= paused)) {
    next.no_room.reset();
    next.reserve_tried.reset();
    return std::nullopt;
  }
  if (!next.no_room) next.no_room = Memory::NoRoom{.seen = *room, .since = now, .ended = true};
  next.no_room->seen = *room;
  if (start.role == Role::primary && can_recover(draft, cluster, *room)) {
    next.no_room->ended = false;
    ++next.no_room->recoveries;
    std::vector<Action> actions{start};
    if (has_reserve(*room)) actions.insert(actions.begin(), action::ReleaseReserve{});
    return draft.result(Reason::volume_full_recovers, std::move(actions));
  }
  const bool pauses = now < paused && !lacks_room(*room, true);
  return draft.result(Reason::volume_full_waits, {}, pauses ? paused : now + rest_without_room);
}

}  // namespace core
