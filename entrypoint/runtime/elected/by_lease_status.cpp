#include <utility>

#include "build_version.hpp"
#include "runtime/clock.hpp"
#include "runtime/elected/by_lease.hpp"
#include "runtime/elected/words.hpp"
#include "runtime/shown_standbys.hpp"

/// What faces show of elected mode: read from memory, nothing is asked.
namespace runtime::elected {

using core::Status;
using core::elected::Member;
using core::elected::Outcome;

namespace {

std::vector<std::string> pods(const std::vector<Member>& members) {
  std::vector<std::string> names;
  names.reserve(members.size());
  for (const Member& member : members)
    names.push_back(member.pod.text);
  return names;
}

}  // namespace

void ByLease::remember_reason(const core::elected::Decision& decision,
                              const core::elected::Facts& facts) {
  if (std::exchange(reason_, decision.reason) != decision.reason) reason_since_ = facts.now;
  words_ = words(settings_, decision, facts);
  const Kind kind = kind_of(decision.reason);
  chronicle_.decided(kind == Kind::deed || kind == Kind::fault,
                     core::elected::to_text(decision.reason), words_, observed_.server().state,
                     facts.now);
  space_.look(facts.now);
  roles_.decided(memory_, decision.reason, observed_.server().state, facts.now);
  if (!decision.next.work) {
    work_began_.reset();
  } else if (!work_began_) {
    work_began_ = facts.now;
  }
}

std::string ByLease::history() const {
  http::History history = chronicle_.history(settings_.pod.text, now());
  history.last_outage = roles_.last_outage();
  return http::to_text(history);
}

void ByLease::count(Outcome outcome) {
  switch (outcome) {
    case Outcome::done: ++lease_writes_.done; break;
    case Outcome::refused: ++lease_writes_.refused; break;
    case Outcome::conflict: ++lease_writes_.conflict; break;
    case Outcome::unknown: ++lease_writes_.unknown; break;
  }
}

Status::Lease ByLease::lease_seen(core::Instant at) const {
  const core::elected::View& view = memory_.view;
  const core::elected::Record& record = view.sighting->record;
  Status::Lease lease{.age = at - view.since,
                      .transitions = record.transitions,
                      .timeline = record.timeline,
                      .candidates = pods(record.candidates),
                      .paused = record.paused};
  if (memory_.holding) lease.age = at - memory_.holding->counted_from;
  if (record.holder && !view.gone) lease.holder = record.last.pod.text;
  lease.remaining = record.duration - lease.age;
  return lease;
}

/// Whom this pod needs is the last holder, or who may take over; without a Lease it is everybody.
std::optional<std::string> ByLease::waits_for_later() const {
  if (memory_.work || memory_.holding || observed_.server().streams) return std::nullopt;
  std::vector<core::PodName> needed = settings_.peers;
  if (memory_.view.sighting && !memory_.view.gone) needed = listed();
  for (const core::PodName& pod : needed) {
    const auto parts = core::split_pod_name(pod.text);
    if (!parts || parts->ordinal <= settings_.ordinal) continue;
    if (members_.is_missing(pod) || chores_.nameless_upstream() == parts->ordinal) return pod.text;
  }
  return std::nullopt;
}

Status ByLease::status(core::Instant at) const {
  Status status{.pod = settings_.pod.text,
                .mode = core::Mode::elected,
                .decided = reason_.has_value(),
                .lag_limit = context_.settings.http.lag_limit};
  core::put_server(status, observed_.server().state, at);
  status.stopping = memory_.stopping || observed_.stop();
  if (const auto& position = copy_.facts().position) {
    status.timeline = position->timeline;
    status.lsn = position->flushed;
  }
  if (status.role == core::Role::standby) {
    if (const auto& follows = observed_.server().follows) status.follows = follows->text;
    if (standing_) {
      status.streams = observed_.server().streams;
      status.lag_bytes = standing_->replay_lag;
      status.lag = standing_->replay_age;
    }
  } else if (status.role == core::Role::primary && standing_) {
    status.standbys = standbys_of(*standing_);
  }
  if (standing_) status.slots = slots_of(*standing_);
  if (reason_) {
    status.reason = core::elected::to_text(*reason_);
    status.text = words_;
    status.reason_age = at - reason_since_;
  }
  if (memory_.work) {
    status.action = Status::Action{.name = std::string(name(*memory_.work))};
    if (work_began_) status.action->age = at - *work_began_;
    if (const auto progress = works_.progress()) {
      status.action->done_bytes = progress->done_bytes;
      status.action->total_bytes = progress->total_bytes;
    }
  }
  if (memory_.view.sighting) status.lease = lease_seen(at);
  if (memory_.holding) status.held_for = at - memory_.holding->since;
  if (core::elected::holds_in_force(settings_, memory_, at) && memory_.fence)
    status.in_force = *memory_.fence - at;
  status.lease_writes = lease_writes_;
  status.role_changes = roles_.changes();
  status.last_outage = roles_.last_outage();
  status.waits_for_later = waits_for_later();
  status.server_starts = server_starts_;
  status.promotions = promotions_;
  status.orphans_reaped = reaper_.orphans();
  status.volumes = space_.volumes();
  status.loop = latency_;
  status.version = BUILD_VERSION;
  return status;
}

}  // namespace runtime::elected
