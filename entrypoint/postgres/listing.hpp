#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "postgres/problem.hpp"

namespace postgres {

/// The names of a directory's entries, sorted.
[[nodiscard]] std::expected<std::vector<std::string>, Problem> names_in(
    const std::filesystem::path& directory);

}  // namespace postgres
