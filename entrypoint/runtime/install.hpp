#pragma once

#include <expected>
#include <filesystem>
#include <string>

namespace runtime {

/// `pgordinal install PATH`: copies the running program to PATH (into it, as `pgordinal`, where it
/// is a directory), mode 0755. It appears there whole or not at all, and only after the copy has
/// been run. For an init container, which brings it into an unmodified image by a shared volume.
/// Returns where it is; or one sentence for a person: what was found, where, what to do.
[[nodiscard]] std::expected<std::filesystem::path, std::string> install(
    const std::filesystem::path& path);

}  // namespace runtime
