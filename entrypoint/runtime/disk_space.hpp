#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/status.hpp"

namespace runtime {

/// The room on the volumes of PGDATA and pg_wal, looked at now and then. Owned by the driver.
class DiskSpace {
 public:
  explicit DiskSpace(std::string pgdata) : pgdata_(std::move(pgdata)) {}

  /// At most every 10 s; like every look at PGDATA it takes as long as the volume does.
  void look(core::Instant at);
  [[nodiscard]] const std::vector<core::Status::Volume>& volumes() const { return volumes_; }

 private:
  std::string pgdata_;
  std::optional<core::Instant> looked_;
  std::vector<core::Status::Volume> volumes_;
};

}  // namespace runtime
