#include "postgres/configuration_query.hpp"

namespace postgres {

std::string in_force_query() {
  return "SELECT name, setting, pending_restart, pg_catalog.pg_conf_load_time() FROM "
         "pg_catalog.pg_settings WHERE context <> 'internal' ORDER BY name";
}

std::expected<InForce, std::string> parse_in_force(const Table& table) {
  InForce found;
  for (const Row& row : table.rows) {
    if (row.size() != 4 || !row[0])
      return std::unexpected("the server's answer about its settings cannot be understood");
    found.settings[*row[0]] = row[1].value_or("");
    if (row[2] == "t") found.pending.push_back(*row[0]);
    found.loaded = row[3].value_or("");
  }
  if (found.settings.empty()) return std::unexpected("the server says nothing about its settings");
  return found;
}

std::vector<std::string> changed(const InForce& before, const InForce& after) {
  std::vector<std::string> names;
  for (const auto& [name, value] : after.settings) {
    const auto was = before.settings.find(name);
    if (was == before.settings.end() || was->second != value) names.push_back(name);
  }
  return names;
}

/// A parameter that waits for a restart is listed there as one that could not be applied.
std::string file_errors_query() {
  return "SELECT coalesce(sourcefile || ' line ' || sourceline || ': ', '') || coalesce(name || "
         "': ', '') || error FROM pg_catalog.pg_file_settings f WHERE error IS NOT NULL AND NOT "
         "EXISTS (SELECT FROM pg_catalog.pg_settings s WHERE s.name = lower(f.name) AND "
         "s.pending_restart) UNION ALL SELECT 'pg_hba.conf line ' || line_number || ': ' || error "
         "FROM pg_catalog.pg_hba_file_rules WHERE error IS NOT NULL";
}

std::vector<std::string> parse_file_errors(const Table& table) {
  std::vector<std::string> lines;
  for (const Row& row : table.rows) {
    if (!row.empty()) lines.push_back(row[0].value_or(""));
  }
  return lines;
}

}  // namespace postgres
