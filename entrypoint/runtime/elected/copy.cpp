#include "runtime/elected/copy.hpp"

#include <algorithm>
#include <utility>

#include "log/log.hpp"
#include "postgres/bootstrap_marker.hpp"
#include "postgres/control_file.hpp"
#include "postgres/data_directory.hpp"
#include "postgres/timelines.hpp"
#include "runtime/configure.hpp"
#include "runtime/data_id.hpp"

namespace runtime::elected {

using core::directory::Cluster;
using core::elected::Position;

Copy::Copy(const Context& context, core::PodName pod, bool locked)
    : pod_(std::move(pod)), pgdata_(context.settings.official.pgdata) {
  facts_.locked = locked;
}

Outcome<> Copy::recover() {
  const auto marker = postgres::read_marker(pgdata_);
  // One that cannot be read is told with the volume's state.
  if (!marker || !*marker || (*marker)->phase != postgres::Phase::beside) return {};
  const auto dropped = postgres::drop_beside(pgdata_);
  if (!dropped) return std::unexpected(failure(dropped.error()));
  return {};
}

Outcome<> Copy::look() {
  facts_.content = postgres::inspect(pgdata_);
  const auto member = postgres::member_of(pgdata_, pod_);
  if (!member) return std::unexpected(failure(member.error()));
  take(*member);
  const auto* cluster = std::get_if<Cluster>(&facts_.content);
  if (cluster != nullptr && !member_.data) {
    const auto given = postgres::give_data_id(pgdata_, pod_, fresh_data_id());
    if (!given) return std::unexpected(failure(given.error()));
    const auto again = postgres::member_of(pgdata_, pod_);
    if (!again) return std::unexpected(failure(again.error()));
    take(*again);
  }
  if (!runs_) {
    facts_.position = position_on_disk();
    // A standby's shutdown leaves WAL that it received and did not replay.
    const auto control = control_data();
    facts_.replayed = control && control->state == core::directory::State::shut_down;
  }
  history_of_ = {};
  if (facts_.position) read_history(facts_.position->timeline);
  return {};
}

/// Of a cluster, and of one that initdb made and no record names yet (R7): its marker is there, and
/// a data id.
std::optional<core::directory::ControlData> Copy::control_data() const {
  if (const auto* cluster = std::get_if<Cluster>(&facts_.content)) return cluster->control;
  if (!std::holds_alternative<core::directory::Unfinished>(facts_.content) || !member_.data)
    return std::nullopt;
  const auto control = postgres::read_control_file(pgdata_);
  if (!control) return std::nullopt;
  return *control;
}

std::optional<Position> Copy::position_on_disk() const {
  const auto control = control_data();
  if (!control) return std::nullopt;
  return Position{.system_id = control->system_id,
                  .timeline = control->timeline,
                  .flushed = std::max(control->checkpoint, control->min_recovery)};
}

void Copy::read_history(core::Timeline timeline) {
  if (timeline == history_of_) return;
  facts_.history.clear();
  history_of_ = timeline;
  auto history = postgres::read_history(pgdata_, timeline);
  if (history) {
    facts_.history = std::move(*history);
  } else {
    logs::event(logs::Level::error, "timeline_history", {{"timeline", timeline.number}},
                failure(history.error()).message);
  }
}

void Copy::stands_at(core::Timeline timeline, core::Lsn flushed, bool replayed) {
  const auto* cluster = std::get_if<Cluster>(&facts_.content);
  if (cluster == nullptr || !runs_) return;
  facts_.position =
      Position{.system_id = cluster->control.system_id, .timeline = timeline, .flushed = flushed};
  // Once it has, what comes later is received, and counted.
  facts_.replayed = facts_.replayed || replayed;
  read_history(timeline);
}

void Copy::promoted(core::Timeline timeline) {
  if (!facts_.position) return;
  facts_.position->timeline = timeline;
  history_of_ = {};
  read_history(timeline);
}

core::Timeline Copy::timeline_on_disk() const {
  const auto control = postgres::read_control_file(pgdata_);
  return control ? control->timeline : core::Timeline{};
}

void Copy::server_runs(bool runs) {
  runs_ = runs;
}

void Copy::take(const postgres::MemberFile& member) {
  member_ = member;
  facts_.data_id = member.data;
  facts_.transitions = member.transitions;
  facts_.claimed = member.claimed;
  facts_.withdrawn = member.withdrawn;
}

Outcome<> Copy::write(const postgres::MemberFile& member) {
  const auto written = postgres::write_member_file(pgdata_, member);
  if (!written) {
    Failure failed = failure(written.error());
    logs::event(logs::Level::error, "volume", {}, failed.message);
    return std::unexpected(std::move(failed));
  }
  take(member);
  return {};
}

Outcome<> Copy::remember(std::uint32_t transitions, core::Timeline claimed) {
  postgres::MemberFile next = member_;
  next.pod = pod_.text;
  next.transitions = std::max(next.transitions, transitions);
  next.claimed = std::max(next.claimed, claimed);
  return next == member_ ? Outcome<>{} : write(next);
}

Outcome<> Copy::withdraw(core::elected::Withdrawal withdrawal) {
  postgres::MemberFile next = member_;
  next.withdrawn = withdrawal;
  return write(next);
}

Outcome<> Copy::clear_withdrawal() {
  postgres::MemberFile next = member_;
  next.withdrawn.reset();
  return write(next);
}

}  // namespace runtime::elected
