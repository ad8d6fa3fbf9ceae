#include "runtime/disk_space.hpp"

#include <sys/stat.h>
#include <sys/statvfs.h>

namespace runtime {

namespace {

constexpr core::Duration period = std::chrono::seconds(10);

struct Found {
  core::Status::Volume volume;
  dev_t device = 0;
};

std::optional<Found> volume_of(const std::string& path, const char* name) {
  struct stat place{};
  struct statvfs space{};
  if (stat(path.c_str(), &place) != 0 || statvfs(path.c_str(), &space) != 0) return std::nullopt;
  return Found{.volume = {.name = name,
                          .size = std::uint64_t{space.f_blocks} * space.f_frsize,
                          .available = std::uint64_t{space.f_bavail} * space.f_frsize},
               .device = place.st_dev};
}

}  // namespace

void DiskSpace::look(core::Instant at) {
  if (looked_ && at - *looked_ < period) return;
  looked_ = at;
  volumes_.clear();
  const auto data = volume_of(pgdata_, "data");
  if (!data) return;
  volumes_.push_back(data->volume);
  const auto wal = volume_of(pgdata_ + "/pg_wal", "wal");
  if (wal && wal->device != data->device) volumes_.push_back(wal->volume);
}

}  // namespace runtime
