#include <unistd.h>

#include <array>
#include <utility>

#include "build_version.hpp"
#include "runtime/by_ordinal.hpp"

/// What faces show of standalone and static mode: read from memory, nothing is asked.
namespace runtime {

using core::LongKind;
using core::Status;

namespace {

std::string_view name(LongKind kind) {
  switch (kind) {
    case LongKind::discard: return "discard";
    case LongKind::bootstrap: return "bootstrap";
    case LongKind::adopt: return "adopt";
    case LongKind::clone: return "clone";
    case LongKind::promote: return "promote";
    case LongKind::start: return "start";
  }
  return {};
}

std::string own_name(const core::Settings& settings) {
  if (settings.cluster.identity) return settings.cluster.identity->pod().text;
  std::array<char, 256> host{};
  return gethostname(host.data(), host.size() - 1) == 0 ? host.data() : std::string{};
}

}  // namespace

void ByOrdinal::remember(const core::Decision& decision, core::Instant at) {
  if (std::exchange(reason_, decision.reason) != decision.reason) reason_since_ = at;
  words_ = words(decision, context_.settings);
  chronicle_.decided(is_deed(decision.reason), core::to_text(decision.reason), words_,
                     observed_.server(), at);
  space_.look(at);
  const auto* running = std::get_if<core::server::Running>(&observed_.server());
  if (running != nullptr && std::exchange(started_, running->since) != running->since)
    ++server_starts_;
  if (core::has_members(context_.settings.cluster.mode)) {
    watch_.server_answers(running != nullptr && running->phase == core::ServerPhase::ready &&
                          !memory_.stopping);
  }
}

/// L6: only cluster.clone_from makes an ordinal wait for a later one.
std::optional<std::string> ByOrdinal::waits_for_later() const {
  const core::ClusterSettings& cluster = context_.settings.cluster;
  if (!cluster.clone_from || !cluster.identity) return std::nullopt;
  const auto source = core::split_pod_name(cluster.clone_from->text);
  if (!source || source->ordinal <= cluster.identity->ordinal) return std::nullopt;
  const auto* answer = observed_.answer_of(source->ordinal);
  const auto* silence = answer == nullptr ? nullptr : std::get_if<core::peer::Silence>(answer);
  const bool server = std::holds_alternative<core::server::Running>(observed_.server());
  if (server || memory_.long_action || silence == nullptr ||
      *silence != core::peer::Silence::unresolved)
    return std::nullopt;
  return cluster.clone_from->text;
}

void ByOrdinal::put_standing(Status& status, const postgres::Standing& standing) const {
  const auto& identity = context_.settings.cluster.identity;
  status.timeline = standing.timeline;
  status.lsn = standing.flushed;
  status.slots = slots_of(standing);
  if (standing.in_recovery) {
    status.streams = standing.streams;
    status.lag_bytes = standing.replay_lag;
    status.lag = standing.replay_age;
    if (identity) status.follows = identity->peer(context_.settings.cluster.primary).text;
  } else {
    status.standbys = standbys_of(standing);
  }
}

Status ByOrdinal::status(core::Instant at) const {
  Status status{.pod = own_name(context_.settings),
                .mode = context_.settings.cluster.mode,
                .decided = reason_.has_value(),
                .lag_limit = context_.settings.http.lag_limit};
  core::put_server(status, observed_.server(), at);
  status.stopping = memory_.stopping || observed_.stop_asked();
  if (const auto& standing = watch_.standing()) put_standing(status, *standing);
  if (reason_) {
    status.reason = core::to_text(*reason_);
    status.text = words_;
    status.reason_age = at - reason_since_;
  }
  if (const auto& running = memory_.long_action) {
    status.action =
        Status::Action{.name = std::string(name(running->kind)), .age = at - running->started};
    if (const auto progress = perform_.progress()) {
      status.action->done_bytes = progress->done_bytes;
      status.action->total_bytes = progress->total_bytes;
    }
  }
  status.waits_for_later = waits_for_later();
  status.server_starts = server_starts_;
  status.promotions = perform_.promotions();
  status.orphans_reaped = reaper_.orphans();
  status.volumes = space_.volumes();
  status.loop = latency_;
  status.version = BUILD_VERSION;
  return status;
}

}  // namespace runtime
