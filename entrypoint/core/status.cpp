#include "core/status.hpp"

#include <array>

namespace core {

namespace {

constexpr std::array states = {ServerState::none,      ServerState::starting,
                               ServerState::accepting, ServerState::replaying,
                               ServerState::stopping,  ServerState::ended};

std::string or_reason(const Status& status) {
  return status.text.empty() ? "reason " + status.reason : status.text;
}

std::string no_server(const Status& status) {
  if (!status.action) return "no server runs: " + or_reason(status);
  std::string text = "no server runs: " + status.action->name + " in progress";
  if (status.action->age) text += " for " + rough(*status.action->age);
  if (status.action->done_bytes) {
    text += ", " + rough_bytes(*status.action->done_bytes);
    if (status.action->total_bytes) text += " of " + rough_bytes(*status.action->total_bytes);
  }
  return text;
}

Check server_check(const Status& status) {
  const auto check = [](bool ok, std::string why) {
    return Check{.name = "server", .ok = ok, .why = std::move(why)};
  };
  if (status.stopping) return check(false, "this pod's server is being stopped");
  switch (status.server) {
    case ServerState::none:
    case ServerState::ended: return check(false, no_server(status));
    case ServerState::starting: return check(false, "the server starts or recovers");
    case ServerState::accepting: return check(true, "accepts connections");
    case ServerState::replaying:
      return check(false, "the standby replays and does not accept connections");
    case ServerState::stopping: return check(false, "the server is being shut down");
  }
  return check(false, {});
}

Check lease_check(const Status& status) {
  if (status.in_force)
    return {.name = "lease", .ok = true, .why = "held for the next " + rough(*status.in_force)};
  return {.name = "lease", .why = "this pod does not hold the Lease: " + or_reason(status)};
}

Check stream_check(const Status& status) {
  const std::string from = status.follows ? " from " + *status.follows : std::string{};
  if (!status.streams)
    return {.name = "stream", .why = "it is not known whether the standby streams" + from};
  if (!*status.streams) return {.name = "stream", .why = "the standby does not stream" + from};
  return {.name = "stream", .ok = true, .why = "streams" + from};
}

Check lag_check(const Status& status) {
  if (!status.lag_bytes) return {.name = "lag", .ok = true, .why = "not known"};
  const std::string behind = rough_bytes(*status.lag_bytes) + " behind";
  if (!status.lag_limit || *status.lag_bytes <= *status.lag_limit)
    return {.name = "lag", .ok = true, .why = behind};
  return {.name = "lag",
          .why = "the standby is " + behind + " its primary, http.lag_limit is " +
                 rough_bytes(*status.lag_limit)};
}

bool needs_lease(const Status& status) {
  return status.mode == Mode::elected;
}

}  // namespace

void LoopLatency::add(Duration waited) {
  std::size_t place = 0;
  while (place < bounds.size() && waited > bounds[place])
    ++place;
  ++counts[place];
  sum += waited;
}

std::string_view to_text(ServerState state) {
  switch (state) {
    case ServerState::none: return "none";
    case ServerState::starting: return "starting";
    case ServerState::accepting: return "accepting";
    case ServerState::replaying: return "replaying";
    case ServerState::stopping: return "stopping";
    case ServerState::ended: return "ended";
  }
  return {};
}

std::optional<ServerState> parse_server_state(std::string_view text) {
  for (const ServerState state : states) {
    if (to_text(state) == text) return state;
  }
  return std::nullopt;
}

std::string_view to_text(Role role) {
  return role == Role::primary ? "primary" : "standby";
}

std::string_view to_text(Mode mode) {
  switch (mode) {
    case Mode::standalone: return "standalone";
    case Mode::static_primary: return "static";
    case Mode::elected: return "elected";
  }
  return {};
}

void put_server(Status& status, const server::State& state, Instant now) {
  if (std::holds_alternative<server::Ended>(state)) status.server = ServerState::ended;
  const auto* running = std::get_if<server::Running>(&state);
  if (running == nullptr) return;
  status.role = running->role;
  status.server_age = now - running->since;
  switch (running->phase) {
    case ServerPhase::starting: status.server = ServerState::starting; break;
    case ServerPhase::ready: status.server = ServerState::accepting; break;
    case ServerPhase::standby: status.server = ServerState::replaying; break;
    case ServerPhase::stopping: status.server = ServerState::stopping; break;
  }
}

Readiness readiness(const Status& status) {
  Readiness ready;
  ready.checks.push_back(server_check(status));
  if (status.role == Role::primary && needs_lease(status))
    ready.checks.push_back(lease_check(status));
  if (status.role == Role::standby && has_members(status.mode)) {
    ready.checks.push_back(stream_check(status));
    ready.checks.push_back(lag_check(status));
  }
  ready.ok = true;
  for (const Check& check : ready.checks) {
    if (!check.ok && ready.ok) {
      ready.ok = false;
      ready.why = check.why;
    }
  }
  if (ready.ok) {
    ready.why = status.role ? std::string(to_text(*status.role)) : std::string{};
  } else if (status.waits_for_later && !status.stopping) {
    ready.ok = true;
    ready.why =
        "waits for " + *status.waits_for_later +
        ", which does not exist yet: a StatefulSet may create it only once this pod is Ready";
    ready.checks.push_back({.name = "order", .ok = true, .why = ready.why});
  }
  return ready;
}

bool is_primary(const Status& status) {
  return status.role == Role::primary && status.server == ServerState::accepting &&
         !status.stopping && (!needs_lease(status) || status.in_force);
}

bool is_replica(const Status& status, std::optional<std::uint64_t> most_lag) {
  if (status.role != Role::standby || status.server != ServerState::accepting || status.stopping)
    return false;
  return !most_lag || (status.lag_bytes && *status.lag_bytes <= *most_lag);
}

std::string rough(Duration duration) {
  using namespace std::chrono_literals;
  struct Unit {
    Duration from;
    Duration size;
    const char* name;
  };
  constexpr std::array<Unit, 3> units{{{48h, 24h, " d"}, {2h, 1h, " h"}, {2min, 1min, " min"}}};
  for (const Unit& unit : units) {
    if (duration >= unit.from) return std::to_string(duration / unit.size) + unit.name;
  }
  return std::to_string(duration / 1s) + " s";
}

std::string rough_bytes(std::uint64_t bytes) {
  constexpr std::array names = {" B", " kB", " MB", " GB", " TB"};
  std::size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < names.size()) {
    bytes /= 1024;
    ++unit;
  }
  return std::to_string(bytes) + names[unit];
}

}  // namespace core
