#include <algorithm>
#include <array>

#include "config/given.hpp"

namespace config {
namespace {

constexpr std::string_view ours = "PGORDINAL_";
constexpr std::string_view parameter_prefix = "PGORDINAL_POSTGRESQL_PARAMETERS_";

/// What Kubernetes adds to every pod for a Service named `pgordinal` or `pgordinal-…`
/// (kubernetes.io, "Environment variables" of Services): SVC_SERVICE_HOST, SVC_SERVICE_PORT,
/// SVC_SERVICE_PORT_name, SVC_PORT, SVC_PORT_5432_TCP, SVC_PORT_5432_TCP_ADDR …
bool is_service_link(std::string_view name) {
  if (name.ends_with("_SERVICE_HOST") || name.ends_with("_SERVICE_PORT") || name.ends_with("_PORT"))
    return true;
  if (name.find("_SERVICE_PORT_") != std::string_view::npos) return true;
  const auto port = name.rfind("_PORT_");
  if (port == std::string_view::npos) return false;
  const std::string_view rest = name.substr(port + 6);
  const auto digits = rest.find_first_not_of("0123456789");
  if (digits == 0 || digits == std::string_view::npos) return false;
  return std::ranges::any_of(
      std::array<std::string_view, 3>{"_TCP", "_UDP", "_SCTP"},
      [&](std::string_view protocol) { return rest.substr(digits).starts_with(protocol); });
}

/// `PG_STAT_STATEMENTS__MAX` → `pg_stat_statements.max`: not every shell passes a dot on.
std::string parameter_name(std::string_view text) {
  std::string name;
  while (!text.empty()) {
    const bool dot = text.starts_with("__") && !name.empty();
    name += dot ? '.' : text.front();
    text.remove_prefix(dot ? 2 : 1);
  }
  return lower_case(name);
}

void unknown(const std::string& name, GivenSettings& settings) {
  std::vector<std::string> known;
  for (const Key& row : keys())
    known.push_back(environment_variable(row));
  const auto meant = nearest(name, known);
  const Place place{.file = {}, .line = 0, .column = 0, .variable = name};
  settings.mistake(
      problem_at(place, {}, "an unknown variable", {},
                 meant ? "did you mean " + *meant + "?" : "pgordinal --help lists the variables"));
}

}  // namespace

void read_environment(const Environment& environment, GivenSettings& settings) {
  for (auto entry = environment.lower_bound(ours); entry != environment.end(); ++entry) {
    const auto& [name, text] = *entry;
    if (!name.starts_with(ours)) break;
    const auto row = std::ranges::find(keys(), name, environment_variable);
    const Place place{.file = {}, .line = 0, .column = 0, .variable = name};
    if (row != keys().end()) {
      settings.set_text(*row, text, place);
    } else if (name.starts_with(parameter_prefix)) {
      settings.set_parameter(parameter_name(std::string_view(name).substr(parameter_prefix.size())),
                             text, place);
    } else if (name != "PGORDINAL_CONFIG" && !is_service_link(name)) {
      unknown(name, settings);
    }
  }
}

}  // namespace config
