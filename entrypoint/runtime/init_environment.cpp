#include "runtime/init_environment.hpp"

#include <unistd.h>

#include "process/privileges.hpp"

namespace runtime {
namespace {

bool is_variable(std::string_view entry, std::string_view name) {
  return entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=';
}

}  // namespace

std::optional<std::string> variable(const std::vector<std::string>& environment,
                                    std::string_view name) {
  std::optional<std::string> value;
  for (const std::string& entry : environment) {
    if (is_variable(entry, name)) value = entry.substr(name.size() + 1);
  }
  return value;
}

void unset_variable(std::vector<std::string>& environment, std::string_view name) {
  std::erase_if(environment, [name](const std::string& entry) { return is_variable(entry, name); });
}

void set_variable(std::vector<std::string>& environment, std::string_view name,
                  std::string_view value) {
  unset_variable(environment, name);
  environment.push_back(std::string(name) + "=" + std::string(value));
}

std::vector<std::string> init_environment(const Context& context,
                                          const std::filesystem::path& socket_directory) {
  const core::OfficialSettings& official = context.settings.official;
  std::vector<std::string> environment = context.environment;
  const std::pair<std::string, std::string_view> resolved[] = {
      {"POSTGRES_PASSWORD", official.password},
      {"POSTGRES_USER", official.user},
      {"POSTGRES_DB", official.database},
      {"POSTGRES_INITDB_ARGS", official.initdb_args},
  };
  for (const auto& [name, value] : resolved) {
    set_variable(environment, name, value);
    unset_variable(environment, name + "_FILE");
  }
  set_variable(environment, "PGDATA", official.pgdata);
  set_variable(environment, "PGHOST", socket_directory.string());
  unset_variable(environment, "PGHOSTADDR");  // it would win over PGHOST
  if (variable(environment, "PGPASSWORD").value_or("").empty()) {
    set_variable(environment, "PGPASSWORD", official.password);
  }
  // libpq asks the system for the user's name: an arbitrary UID has none.
  if (!variable(environment, "PGUSER") && !process::find_account(::geteuid())) {
    set_variable(environment, "PGUSER", official.user);
  }
  return environment;
}

}  // namespace runtime
