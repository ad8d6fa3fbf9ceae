#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/directory.hpp"

namespace postgres {

/// PGDATA/global/pg_control of PostgreSQL 13 to 18, CRC checked. A server writes it in place, so a
/// read that fails the CRC is tried again a few times (at most 50 ms). The error is a whole
/// sentence and names the file.
[[nodiscard]] std::expected<core::directory::ControlData, std::string> read_control_file(
    const std::filesystem::path& pgdata);

/// The same for bytes in memory. `major`, where not 0, must fit the file's pg_control_version.
[[nodiscard]] std::expected<core::directory::ControlData, std::string> parse_control_file(
    std::string_view bytes, int major = 0);

}  // namespace postgres
