#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "config/problem.hpp"
#include "core/settings.hpp"

namespace config {

inline constexpr std::string_view default_file = "/etc/pgordinal/pgordinal.toml";

/// The whole content of a file, or why not.
using ReadFile =
    std::function<std::expected<std::string, std::error_code>(const std::string& path)>;

/// Everything that load() looks at: it asks the system for nothing else.
struct Input {
  std::vector<std::pair<std::string, std::string>> environment;
  /// `--config FILE`. Without it PGORDINAL_CONFIG, then default_file; only default_file may be
  /// missing.
  std::optional<std::string> file;
  std::string host_name;
  std::string hosts_file;  ///< the text of /etc/hosts: a pod's own line has its domain
  ReadFile read_file;
  /// For `pgordinal check`: what only the container's environment brings (PGDATA, passwords) and is
  /// missing becomes a note instead of a problem.
  bool only_check = false;
};

/// A setting as it holds, for people and for changes().
struct Effective {
  std::string key;     ///< `stop.fast_timeout`, `POSTGRES_USER`, `postgresql.parameters.work_mem`
  std::string value;   ///< `***` for a secret
  std::string origin;  ///< `default`, `FILE:LINE`, `environment NAME`, `file PATH`, or what it was
                       ///< derived from
};

struct Loaded {
  core::Settings settings;
  std::vector<Effective> effective;
  std::vector<std::string> notes;  ///< whole sentences: allowed, and worth saying once
  std::vector<std::string>
      files;  ///< read files, default_file even when missing: changes of these are changes of us
};

/// All settings, or all problems at once. The environment wins over the file, the file over the
/// defaults.
[[nodiscard]] std::expected<Loaded, std::vector<Problem>> load(const Input& input);

/// The Input of this process: its environment, host name, /etc/hosts and files of at most 1 MiB
/// (never a pipe or a device, which could block). Call it before the environment is overwritten and
/// before root is given up: a secret file may be readable for root alone.
[[nodiscard]] Input system_input(std::optional<std::string> file);

}  // namespace config
