#include "http/metrics.hpp"

#include <initializer_list>
#include <string_view>
#include <utility>

namespace http {

namespace {

using core::Status;
using Label = std::pair<std::string_view, std::string_view>;

std::string quoted(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\' || c == '"') result += '\\';
    if (c == '\n')
      result += "\\n";
    else
      result += c;
  }
  return result;
}

std::string seconds(core::Duration duration) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  const auto positive = static_cast<std::uint64_t>(micros < 0 ? -micros : micros);
  std::string fraction = std::to_string(positive % 1'000'000);
  fraction.insert(0, 6 - fraction.size(), '0');
  return (micros < 0 ? "-" : "") + std::to_string(positive / 1'000'000) + "." + fraction;
}

/// The lines of the page, one family after the other.
class Lines {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = "pgordinal_" + std::string(name);
    text_.append("# HELP ").append(name_).append(" ").append(help).append("\n");
    text_.append("# TYPE ").append(name_).append(" ").append(type).append("\n");
  }
  void sample(std::string_view value, std::initializer_list<Label> labels = {},
              std::string_view suffix = {}) {
    text_.append(name_).append(suffix);
    if (labels.size() > 0) {
      char before = '{';
      for (const auto& [label, content] : labels) {
        text_ += before;
        text_.append(label).append("=\"").append(quoted(content)).append("\"");
        before = ',';
      }
      text_ += '}';
    }
    text_.append(" ").append(value).append("\n");
  }
  void sample(std::uint64_t value, std::initializer_list<Label> labels = {},
              std::string_view suffix = {}) {
    sample(std::to_string(value), labels, suffix);
  }

  void gauge(std::string_view name, std::string_view help, std::string_view value) {
    family(name, "gauge", help);
    sample(value);
  }
  void gauge(std::string_view name, std::string_view help, std::uint64_t value) {
    gauge(name, help, std::to_string(value));
  }
  void gauge_if(std::string_view name, std::string_view help, std::optional<std::uint64_t> value) {
    if (value) gauge(name, help, *value);
  }
  void age_if(std::string_view name, std::string_view help, std::optional<core::Duration> value) {
    if (value) gauge(name, help, seconds(*value));
  }
  void counter(std::string_view name, std::string_view help, std::uint64_t value) {
    family(name, "counter", help);
    sample(value);
  }

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
  std::string name_;
};

void put_program(Lines& lines, const Status& status) {
  lines.family("build_info", "gauge", "The program's version and its mode.");
  lines.sample(1, {{"version", status.version}, {"mode", core::to_text(status.mode)}});
  lines.counter("orphans_reaped_total",
                "Processes without a parent that PID 1 has reaped since its start.",
                status.orphans_reaped);
  if (!status.loop) return;
  lines.family("loop_latency_seconds", "histogram",
               "How long what was due in the event loop had to wait.");
  std::uint64_t count = 0;
  for (std::size_t place = 0; place < status.loop->bounds.size(); ++place) {
    count += status.loop->counts[place];
    lines.sample(count, {{"le", seconds(status.loop->bounds[place])}}, "_bucket");
  }
  count += status.loop->counts.back();
  lines.sample(count, {{"le", "+Inf"}}, "_bucket");
  lines.sample(seconds(status.loop->sum), {}, "_sum");
  lines.sample(count, {}, "_count");
}

void put_server(Lines& lines, const Status& status) {
  lines.gauge("ready", "1 where /readyz answers 200.", core::readiness(status).ok ? 1 : 0);
  lines.gauge("primary", "1 where this pod is the primary and accepts writes.",
              core::is_primary(status) ? 1 : 0);
  lines.gauge("standby", "1 where the server is a standby.",
              status.role == core::Role::standby ? 1 : 0);
  lines.gauge("postgres_up", "1 where the server accepts connections.",
              status.server == core::ServerState::accepting ? 1 : 0);
  lines.age_if("postgres_uptime_seconds", "Since the server was started.", status.server_age);
  lines.counter("postgres_starts_total", "Starts of the server since PID 1's own.",
                status.server_starts);
  lines.counter("promotions_total", "Promotions of this pod since PID 1's start.",
                status.promotions);
  lines.gauge_if(
      "timeline", "The timeline of this pod's data.",
      status.timeline ? std::optional<std::uint64_t>(status.timeline->number) : std::nullopt);
  lines.gauge_if("wal_position_bytes", "Flushed here, of a standby: received; the LSN as a number.",
                 status.lsn ? std::optional<std::uint64_t>(status.lsn->bytes) : std::nullopt);
  if (status.streams)
    lines.gauge("streaming", "Of a standby: 1 where it streams.", *status.streams ? 1 : 0);
  lines.gauge_if("replay_lag_bytes",
                 "Of a standby: WAL that its primary has and that is not replayed here.",
                 status.lag_bytes);
  lines.age_if("replay_lag_seconds",
               "Of a standby: the age of the last commit that is replayed here; 0: it has replayed "
               "all that it has received.",
               status.lag);
}

void put_slots(Lines& lines, const Status& status) {
  if (!status.slots || status.slots->empty()) return;
  lines.family("slot_active", "gauge", "1 where somebody streams through the replication slot.");
  for (const Status::Slot& slot : *status.slots)
    lines.sample(slot.active ? 1 : 0, {{"slot", slot.name}});
  lines.family("slot_retained_wal_bytes", "gauge", "WAL that is kept for the replication slot.");
  for (const Status::Slot& slot : *status.slots) {
    if (slot.kept_bytes) lines.sample(*slot.kept_bytes, {{"slot", slot.name}});
  }
}

void put_standbys(Lines& lines, const Status& status) {
  if (!status.standbys) return;
  lines.gauge("standbys_streaming", "Of the primary: how many stream from it.",
              status.standbys->size());
  if (status.standbys->empty()) return;
  lines.family("standby_flush_lag_bytes", "gauge",
               "Of the primary: WAL that the standby has not flushed yet.");
  for (const Status::Standby& standby : *status.standbys)
    lines.sample(standby.lag_bytes, {{"standby", standby.pod}});
  lines.family("standby_replay_lag_seconds", "gauge",
               "Of the primary: from a commit until the standby has replayed it; 0: it has all.");
  for (const Status::Standby& standby : *status.standbys)
    lines.sample(seconds(standby.lag.value_or(core::Duration{})), {{"standby", standby.pod}});
}

void put_lease(Lines& lines, const Status& status) {
  if (status.lease) {
    lines.gauge("lease_holder_known", "1 where the Lease has a holder.",
                status.lease->holder ? 1 : 0);
    lines.gauge("lease_age_seconds", "Since the last renewal that this pod made or saw.",
                seconds(status.lease->age));
    lines.gauge("lease_remaining_seconds",
                "Until the Lease may be taken over; negative: it ran out.",
                seconds(status.lease->remaining));
    lines.counter("lease_transitions_total", "How often the Lease's holder has changed.",
                  status.lease->transitions);
    lines.gauge("failover_candidates", "How many members may take over.",
                status.lease->candidates.size());
    lines.gauge("failover_paused", "1 where no member takes over by itself: `pgordinal pause`.",
                status.lease->paused ? 1 : 0);
  }
  lines.age_if("lease_held_seconds", "Of the holder: since when.", status.held_for);
  lines.age_if("fence_margin_seconds", "Of the holder: until its server would be killed.",
               status.in_force);
  if (!status.role_changes.empty()) {
    lines.family("role_changes_total", "counter",
                 "How often this pod began or ended to hold the Lease, by reason.");
    for (const Status::RoleChange& change : status.role_changes)
      lines.sample(change.count, {{"to", core::to_text(change.to)}, {"reason", change.reason}});
  }
  lines.age_if("last_outage_seconds",
               "Of a pod that took over: from the last change of the Lease by the former primary "
               "that was seen here, until this one accepted writes.",
               status.last_outage);
  if (!status.lease_writes) return;
  lines.family("lease_writes_total", "counter", "Writes of the Lease by this pod, by outcome.");
  lines.sample(status.lease_writes->done, {{"outcome", "done"}});
  lines.sample(status.lease_writes->conflict, {{"outcome", "conflict"}});
  lines.sample(status.lease_writes->refused, {{"outcome", "refused"}});
  lines.sample(status.lease_writes->unknown, {{"outcome", "unknown"}});
  lines.counter("lease_reads_failed_total", "Reads of the Lease that failed.",
                status.lease_writes->reads_failed);
}

void put_action(Lines& lines, const Status& status) {
  lines.family("action_in_progress", "gauge",
               "1 while a clone, a rewind or the like is in progress.");
  if (!status.action) return lines.sample(0, {{"action", "none"}});
  lines.sample(1, {{"action", status.action->name}});
  lines.age_if("action_seconds", "How long it has been.", status.action->age);
  lines.gauge_if("action_done_bytes", "How much of it is done.", status.action->done_bytes);
  lines.gauge_if("action_expected_bytes", "How much there is to do: an estimate.",
                 status.action->total_bytes);
}

void put_volumes(Lines& lines, const Status& status) {
  if (status.volumes.empty()) return;
  lines.family("volume_size_bytes", "gauge", "The size of the volume.");
  for (const Status::Volume& volume : status.volumes)
    lines.sample(volume.size, {{"volume", volume.name}});
  lines.family("volume_available_bytes", "gauge", "What PostgreSQL may still write to it.");
  for (const Status::Volume& volume : status.volumes)
    lines.sample(volume.available, {{"volume", volume.name}});
}

}  // namespace

std::string metrics(const Status& status) {
  Lines lines;
  put_program(lines, status);
  put_server(lines, status);
  put_standbys(lines, status);
  put_slots(lines, status);
  put_lease(lines, status);
  put_action(lines, status);
  put_volumes(lines, status);
  return lines.take();
}

}  // namespace http
