#include "config/load.hpp"

#include <algorithm>
#include <chrono>
#include <tuple>

#include "config/parameters.hpp"
#include "config/reading.hpp"

namespace config {
namespace {

/// An empty value means unset, as in the official image. Of a name that comes twice the first
/// counts, as for getenv().
Environment environment_of(const Input& input) {
  Environment environment;
  for (const auto& [name, value] : input.environment)
    environment.emplace(name, value);
  std::erase_if(environment, [](const auto& entry) { return entry.second.empty(); });
  return environment;
}

void read_file(Reading& reading) {
  std::string path(default_file);
  bool named = true;
  if (const auto variable = reading.environment.find("PGORDINAL_CONFIG"); reading.input.file) {
    path = *reading.input.file;
  } else if (variable != reading.environment.end()) {
    path = variable->second;
  } else {
    named = false;
  }
  reading.loaded.files.push_back(path);
  const auto text = reading.input.read_file(path);
  if (text) return read_file_text(path, *text, reading.given);
  const std::error_code error = text.error();
  const bool missing =
      error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory;
  if (missing && !named) return;
  reading.given.file_unreadable();
  reading.given.mistake(problem_at({.file = path, .line = 0, .column = 0, .variable = {}}, {}, {},
                                   {}, "cannot read the configuration: " + error.message()));
}

void read_stop(Reading& reading) {
  core::StopSettings& stop = reading.loaded.settings.stop;
  stop.fast = std::chrono::milliseconds(reading.given.value(Id::stop_fast_timeout).number);
  stop.immediate =
      std::chrono::milliseconds(reading.given.value(Id::stop_immediate_timeout).number);
  if (stop.fast + stop.immediate > std::chrono::seconds(30))
    reading.loaded.notes.emplace_back(
        "stop.fast_timeout and stop.immediate_timeout together are longer than 30 s, Kubernetes' "
        "default for "
        "terminationGracePeriodSeconds; set that to a larger value, or a slow stop ends in "
        "SIGKILL.");
}

void read_volume(Reading& reading) {
  const auto& value = reading.given.value(Id::volume_reserve);
  core::VolumeSettings& volume = reading.loaded.settings.volume;
  volume.keeps_reserve = value.text != "none";
  if (value.number >= 0) volume.reserve = static_cast<std::uint64_t>(value.number);
}

/// After read_cluster: who may be asked by others listens unless told otherwise.
void read_http(Reading& reading) {
  constexpr std::uint16_t usual_port = 8008;
  core::HttpSettings& http = reading.loaded.settings.http;
  const std::int64_t limit = reading.given.value(Id::http_lag_limit).number;
  http.lag_limit.reset();
  if (limit >= 0) http.lag_limit = static_cast<std::uint64_t>(limit);
  const core::Mode mode = reading.loaded.settings.cluster.mode;
  if (const Given* port = reading.given.find(Id::http_port)) {
    http.port = static_cast<std::uint16_t>(port->value.number);
    const auto refuse = [&](const std::string& expected, const std::string& remedy) {
      reading.given.mistake(problem_at(port->place, full_name(key(Id::http_port)),
                                       std::to_string(http.port), expected, remedy));
    };
    if (http.port == 0 && mode == core::Mode::elected)
      refuse("a port", "members of elected mode ask one another on it; leave it out for 8008");
    if (http.port == reading.loaded.settings.official.port)
      refuse("another port than PostgreSQL's", "");
    return;
  }
  http.port = core::has_members(mode) ? usual_port : 0;
  reading.derive(Id::http_port, std::to_string(http.port),
                 http.port == 0 ? "none in standalone mode" : "default");
}

void read_log(Reading& reading) {
  core::LogSettings& log = reading.loaded.settings.log;
  const std::string& level = reading.given.value(Id::log_level).text;
  if (level == "debug") log.level = core::LogLevel::debug;
  if (level == "warning") log.level = core::LogLevel::warning;
  if (level == "error") log.level = core::LogLevel::error;
  if (reading.given.value(Id::log_format).text == "json") log.format = core::LogFormat::json;
}

void read_parameters(Reading& reading) {
  for (const auto& [name, given] : reading.given.parameters()) {
    reading.loaded.settings.postgres.parameters[name] = given.value.text;
    reading.show("postgresql.parameters." + name,
                 may_hold_a_secret(name) ? "***" : given.value.text, to_text(given.place));
  }
}

/// The keys, in the table's order, before what the other steps have shown.
void show_keys(Reading& reading) {
  std::vector<Effective> shown;
  for (const Key& row : keys()) {
    const auto derived = reading.derived.find(row.id);
    const Given* given = reading.given.find(row.id);
    if (given == nullptr && derived != reading.derived.end()) {
      shown.push_back(derived->second);
    } else {
      const std::string& text = reading.given.value(row.id).text;
      shown.push_back({.key = full_name(row),
                       .value = row.secret && !text.empty() ? "***" : text,
                       .origin = given != nullptr ? to_text(given->place) : "default"});
    }
  }
  reading.loaded.effective.insert(reading.loaded.effective.begin(), shown.begin(), shown.end());
}

std::vector<Problem> sorted(std::vector<Problem> problems) {
  std::ranges::stable_sort(problems, {}, [](const Problem& problem) {
    return std::tuple(problem.file.empty(), problem.line, problem.column);
  });
  return problems;
}

}  // namespace

std::expected<Loaded, std::vector<Problem>> load(const Input& input) {
  Reading reading{.input = input,
                  .environment = environment_of(input),
                  .given = {},
                  .loaded = {},
                  .derived = {}};
  read_file(reading);
  read_environment(reading.environment, reading.given);
  read_official(reading);
  read_cluster(reading);
  read_elected(reading);
  read_replication(reading);
  read_volume(reading);
  read_stop(reading);
  read_http(reading);
  read_log(reading);
  read_parameters(reading);
  if (!reading.given.problems().empty())
    return std::unexpected(sorted(std::move(reading.given.problems())));
  show_keys(reading);
  return std::move(reading.loaded);
}

}  // namespace config
