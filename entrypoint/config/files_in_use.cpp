#include "config/files_in_use.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <utility>

namespace config {
namespace {

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

/// `hidden`: a directory on the way is root's alone. Nothing is known of the file then, not even a
/// change.
FilesInUse::Look FilesInUse::look(const std::string& path, std::optional<Stamp>& found) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0) {
    found = Stamp{.device = status.st_dev,
                  .inode = status.st_ino,
                  .size = status.st_size,
                  .modified = nanoseconds(status.st_mtim),
                  .status_changed = nanoseconds(status.st_ctim)};
    return Look::same;
  }
  found.reset();
  return errno == EACCES ? Look::hidden : Look::same;
}

FilesInUse::Look FilesInUse::compare(const std::string& path, const std::optional<Stamp>& stamp) {
  std::optional<Stamp> now;
  if (look(path, now) == Look::hidden) return Look::hidden;
  return now == stamp ? Look::same : Look::other;
}

ReadFile FilesInUse::reader() {
  return [this](const std::string& path) { return read(path); };
}

void FilesInUse::begin() {
  before_ = std::exchange(files_, {});
}

std::expected<std::string, std::error_code> FilesInUse::read(const std::string& path) {
  Remembered now;
  // Before it is read: a file that is replaced in between counts as changed.
  const bool hidden = look(path, now.stamp) == Look::hidden;
  auto text = read_(path);
  const auto known = before_.find(path);
  if (!text && text.error() == std::errc::permission_denied && known != before_.end() &&
      known->second.text && (hidden || known->second.stamp == now.stamp)) {
    files_[path] = known->second;
    return *known->second.text;
  }
  if (text) now.text = *text;
  files_[path] = std::move(now);
  return text;
}

std::vector<std::string> FilesInUse::changed() const {
  std::vector<std::string> paths;
  for (const auto& [path, file] : files_) {
    if (compare(path, file.stamp) == Look::other) paths.push_back(path);
  }
  return paths;
}

}  // namespace config
