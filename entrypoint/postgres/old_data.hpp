#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

/// The official image's guard against a volume of the layout before 18 (contract clause 31). Called
/// only when PGDATA holds no cluster.
namespace postgres {

/// Where to look; tests point it elsewhere.
struct OldDataPlaces {
  std::filesystem::path home = "/var/lib/postgresql";
  std::filesystem::path mountinfo = "/proc/self/mountinfo";
};

/// The message to die with, as upstream words it, or nothing. `pgdata` is compared literally with
/// HOME/MAJOR/docker; any other PGDATA is never refused.
[[nodiscard]] std::optional<std::string> old_data_error(std::string_view pgdata,
                                                        std::string_view major,
                                                        const OldDataPlaces& places = {});

/// Whether /proc/PID/mountinfo's text has a mount at exactly `path`.
[[nodiscard]] bool is_mount_point(std::string_view mountinfo, std::string_view path);

}  // namespace postgres
