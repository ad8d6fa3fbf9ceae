#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/load.hpp"

namespace config {

enum class Need : std::uint8_t {
  reload,          ///< taken over by a reload of PID 1
  restart,         ///< takes effect when the pod is restarted
  postgres_knows,  ///< [postgresql.parameters]: PostgreSQL says after its reload
                   ///< (pg_settings.pending_restart)
};

struct Change {
  std::string key;
  Need need = Need::reload;
  bool operator==(const Change&) const = default;
};

/// What differs between the settings in use and newly loaded ones, secrets included (by name only).
[[nodiscard]] std::vector<Change> changes(const Loaded& before, const Loaded& after);

}  // namespace config
