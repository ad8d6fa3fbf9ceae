#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/long_run.hpp"

/// What init files and the psql that runs them see.
namespace runtime {

/// The value of a variable, the last one where it is there twice.
[[nodiscard]] std::optional<std::string> variable(const std::vector<std::string>& environment,
                                                  std::string_view name);
void set_variable(std::vector<std::string>& environment, std::string_view name,
                  std::string_view value);
void unset_variable(std::vector<std::string>& environment, std::string_view name);

/// Our whole environment with POSTGRES_* as they hold (the _FILE forms resolved and gone),
/// PGPASSWORD, and PGHOST: the temporary server's socket directory (contract clauses 25, 26, 47).
[[nodiscard]] std::vector<std::string> init_environment(
    const Context& context, const std::filesystem::path& socket_directory);

}  // namespace runtime
