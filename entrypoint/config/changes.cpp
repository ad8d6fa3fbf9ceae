#include "config/changes.hpp"

#include <algorithm>
#include <map>

#include "config/keys.hpp"

namespace config {
namespace {

constexpr std::string_view parameters = "postgresql.parameters.";

std::map<std::string, std::string> values_of(const Loaded& loaded) {
  std::map<std::string, std::string> values;
  for (const Effective& setting : loaded.effective)
    values[setting.key] = setting.value;
  // Secrets are shown as ***: here their real values are compared.
  values["POSTGRES_PASSWORD"] = loaded.settings.official.password;
  values["replication.password"] = loaded.settings.replication.password;
  for (const auto& [name, value] : loaded.settings.postgres.parameters)
    values[std::string(parameters) + name] = value;
  return values;
}

Need need_of(const std::string& name) {
  if (name.starts_with(parameters)) return Need::postgres_knows;
  if (name == "POSTGRES_PASSWORD") return Need::reload;
  const auto row = std::ranges::find(keys(), name, full_name);
  return row != keys().end() && row->effect == Effect::reload ? Need::reload : Need::restart;
}

}  // namespace

std::vector<Change> changes(const Loaded& before, const Loaded& after) {
  const auto old_values = values_of(before);
  const auto new_values = values_of(after);
  std::vector<Change> result;
  for (const auto& [name, value] : new_values) {
    const auto old_value = old_values.find(name);
    if (old_value == old_values.end() || old_value->second != value)
      result.push_back({name, need_of(name)});
  }
  for (const auto& entry : old_values) {
    if (!new_values.contains(entry.first)) result.push_back({entry.first, need_of(entry.first)});
  }
  return result;
}

}  // namespace config
