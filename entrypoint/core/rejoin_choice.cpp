#include "core/rejoin_choice.hpp"

#include <algorithm>
#include <limits>

namespace core::rejoin {
namespace {

using namespace std::chrono_literals;

constexpr Lsn open_end{std::numeric_limits<std::uint64_t>::max()};

/// The timelines that a copy went along, each with where it left it.
std::vector<Fork> timelines_of(const Way& way) {
  std::vector<Fork> all = way.history;
  all.push_back({.timeline = way.timeline, .at = open_end});
  return all;
}

/// PostgreSQL writes a history file with every timeline but the first.
bool lacks_history(const Way& way) {
  return way.history.empty() && way.timeline > Timeline{1};
}

/// The last timeline that both went along.
struct Common {
  Fork own;
  Fork primary;
};

std::optional<Common> common_of(const Way& own, const Way& primary) {
  const std::vector<Fork> ours = timelines_of(own);
  const std::vector<Fork> theirs = timelines_of(primary);
  if (lacks_history(own)) {
    // By its number alone.
    const auto found = std::ranges::find(theirs, own.timeline, &Fork::timeline);
    if (found == theirs.end()) return std::nullopt;
    return Common{.own = ours.front(), .primary = *found};
  }
  std::optional<Common> common;
  Lsn our_begin;
  Lsn their_begin;
  for (std::size_t at = 0; at < std::min(ours.size(), theirs.size()); ++at) {
    if (ours[at].timeline != theirs[at].timeline || our_begin != their_begin) break;
    common = Common{.own = ours[at], .primary = theirs[at]};
    our_begin = ours[at].at;
    their_begin = theirs[at].at;
  }
  return common;
}

Chosen wait(Reason reason) {
  return {.choice = Choice::wait, .reason = reason, .past_fork = 0, .fork = {}};
}

/// All that we have the primary has, too: is what we lack still there?
Chosen go_on(const Facts& facts) {
  const auto& wal = facts.wal;
  const bool known = wal && wal->oldest;
  if (known && wal->needs < *wal->oldest)
    return {.choice = Choice::clone, .reason = Reason::wal_removed, .past_fork = 0, .fork = {}};
  // A lost slot alone is made anew, as long as the WAL is there.
  if (wal && wal->slot_lost && !known)
    return {.choice = Choice::clone, .reason = Reason::slot_lost, .past_fork = 0, .fork = {}};
  return {.choice = Choice::stream,
          .reason = Reason::primary_has_what_we_lack,
          .past_fork = 0,
          .fork = {}};
}

/// Whether our WAL past the fork is what a recorded take-over gave up (R34).
bool given_up(const Facts& facts, const Common& common) {
  if (!facts.recorded) return false;
  if (common.own.at == open_end) return true;
  // A timeline that the primary never heard of: its number was claimed, and its taker died.
  return facts.own->timeline <= facts.primary.timeline && facts.primary.timeline <= *facts.recorded;
}

Chosen leave(const Facts& facts, const Common& common) {
  const Way& own = *facts.own;
  const Fork fork{.timeline = common.own.timeline,
                  .at = std::min(common.own.at, common.primary.at)};
  Chosen chosen{.choice = Choice::wait,
                .reason = Reason::not_given_up,
                .past_fork = own.flushed > fork.at ? own.flushed.bytes - fork.at.bytes : 0,
                .fork = fork};
  if (!given_up(facts, common)) return chosen;
  chosen.choice = Choice::clone;
  if (own.timeline == facts.primary.timeline) {
    // pg_rewind compares the numbers, and finds nothing to do.
    chosen.reason = Reason::same_timeline_other_history;
  } else if (lacks_history(own)) {
    chosen.reason = Reason::own_history_missing;
  } else if (facts.rewind_fails) {
    chosen.reason = Reason::rewind_failed;
  } else {
    chosen.choice = Choice::rewind;
    chosen.reason = Reason::diverged;
  }
  return chosen;
}

/// Without a timeline in common. Our own history is missing, and the primary never was on our
/// timeline: where the ways parted nobody knows, so pg_rewind would not either.
Chosen stranger(const Facts& facts) {
  if (!lacks_history(*facts.own)) return wait(Reason::no_common_ancestor);
  const bool passed = facts.recorded && facts.own->timeline < facts.primary.timeline &&
                      facts.primary.timeline <= *facts.recorded;
  if (!passed) return wait(Reason::not_given_up);
  return {
      .choice = Choice::clone, .reason = Reason::own_history_missing, .past_fork = 0, .fork = {}};
}

}  // namespace

Chosen choose(const Facts& facts) {
  if (!facts.own)
    return {.choice = Choice::clone, .reason = Reason::volume_empty, .past_fork = 0, .fork = {}};
  const Way& own = *facts.own;
  const Way& primary = facts.primary;
  if (own.system_id != primary.system_id) return wait(Reason::foreign_system_identifier);
  if (!own.major.empty() && !primary.major.empty() && own.major != primary.major)
    return wait(Reason::other_major_version);
  if (lacks_history(primary) && own.timeline != primary.timeline)
    return wait(Reason::primary_history_missing);
  const auto common = common_of(own, primary);
  if (!common) return stranger(facts);
  const bool on_it = common->own.at == open_end;
  const bool is_on_it = common->primary.at == open_end;
  if (is_on_it) {
    // Who went on from the primary's own timeline, or further along it, has what it has not.
    return on_it && own.flushed <= primary.flushed ? go_on(facts) : wait(Reason::ahead_of_primary);
  }
  return on_it && own.flushed <= common->primary.at ? go_on(facts) : leave(facts, *common);
}

Duration pause_after(std::uint32_t failed_clones) {
  if (failed_clones == 0) return {};
  return std::min<Duration>(30s, 1s * (1U << std::min<std::uint32_t>(failed_clones - 1, 5)));
}

}  // namespace core::rejoin
