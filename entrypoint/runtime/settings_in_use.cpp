#include "runtime/settings_in_use.hpp"

#include "config/changes.hpp"
#include "log/log.hpp"

namespace runtime {
namespace {

constexpr std::size_t kept_keys = 3;

/// A new password is on every member only after a while: until then the former keys count too.
void take_over_keys(std::vector<std::string>& into, const std::vector<std::string>& from) {
  if (from.empty() || (!into.empty() && into.front() == from.front())) return;
  into.insert(into.begin(), from.front());
  if (into.size() > kept_keys) into.resize(kept_keys);
}

/// What keys.cpp marks as reloadable. The rest of `into` keeps what the process was started with.
void take_over(core::Settings& into, const core::Settings& from) {
  into.postgres = from.postgres;
  into.stop = from.stop;
  into.log = from.log;
  into.official.password = from.official.password;
  into.replication.password = from.replication.password;
  take_over_keys(into.elected.peer_keys, from.elected.peer_keys);
  into.replication.allow = from.replication.allow;
  into.replication.max_slot_wal_keep_size = from.replication.max_slot_wal_keep_size;
  into.replication.slot_retention = from.replication.slot_retention;
  into.replication.clone_max_rate_kib = from.replication.clone_max_rate_kib;
}

std::string_view text_of(config::Need need) {
  switch (need) {
    case config::Need::reload: return "taken over";
    case config::Need::restart: return "takes effect when the pod is restarted";
    case config::Need::postgres_knows:
      return "given to PostgreSQL, whose log says where it needs a restart";
  }
  return {};
}

void note(Reread& reread, const config::Change& change) {
  switch (change.need) {
    case config::Need::reload: return reread.taken_over.push_back(change.key);
    case config::Need::restart: return reread.for_the_pod.push_back(change.key);
    case config::Need::postgres_knows: return reread.for_postgres.push_back(change.key);
  }
}

}  // namespace

SettingsInUse::SettingsInUse(config::Input input, config::FilesInUse& files, config::Loaded loaded)
    : input_(std::move(input)), files_(files), loaded_(std::move(loaded)) {}

void SettingsInUse::reread() {
  last_ = {};
  files_.begin();
  auto read = config::load(input_);
  if (!read) {
    for (const config::Problem& problem : read.error()) {
      last_.problems.push_back(config::to_text(problem));
      logs::event(logs::Level::error, "settings_refused", {}, last_.problems.back());
    }
    logs::event(logs::Level::error, "settings_kept", {},
                "nothing of the new settings was taken over");
    return;
  }
  for (const config::Change& change : config::changes(loaded_, *read)) {
    const bool first_start_only = change.key == "POSTGRES_PASSWORD" &&
                                  loaded_.settings.cluster.mode == core::Mode::standalone;
    note(last_, change);
    logs::event(logs::Level::info, "setting_changed", {{"key", change.key}},
                first_start_only
                    ? std::string_view{"it counts at the first start alone; change the "
                                       "role's password by SQL"}
                    : text_of(change.need));
  }
  // Kept with their old value, so that the next reload says again what waits for a restart.
  take_over(loaded_.settings, read->settings);
  const core::ClusterSettings& cluster = loaded_.settings.cluster;
  logs::set_up(loaded_.settings.log,
               cluster.identity ? cluster.identity->pod().text : std::string{});
}

std::string SettingsInUse::parameter_origins() const {
  constexpr std::string_view section = "postgresql.parameters.";
  std::string text;
  for (const config::Effective& setting : loaded_.effective) {
    if (!setting.key.starts_with(section)) continue;
    if (!text.empty()) text += ", ";
    text += setting.key.substr(section.size()) + " from " + setting.origin;
  }
  return text;
}

}  // namespace runtime
