#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/load.hpp"

namespace config {

/// The files that the settings were read from, missing ones included, as they were when they were
/// read. Owned by runtime's SettingsInUse: load() reads through reader(), the loop asks changed().
class FilesInUse {
 public:
  explicit FilesInUse(ReadFile read) : read_(std::move(read)) {}
  FilesInUse(const FilesInUse&) = delete;
  FilesInUse& operator=(const FilesInUse&) = delete;

  /// Reads, and remembers what was read and which file it was. A file that only root may read is
  /// read before root is given up; afterwards its text is the remembered one for as long as it is
  /// the same file. Lives as long as this object.
  [[nodiscard]] ReadFile reader();
  /// A new load() begins: files that it does not read are forgotten with the next one.
  void begin();
  /// The paths where another file is now, or none, or one where there was none. A mounted Secret or
  /// ConfigMap changes so: kubelet puts another directory behind the link `..data`. Costs a stat()
  /// each.
  [[nodiscard]] std::vector<std::string> changed() const;

 private:
  struct Stamp {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t modified = 0;  ///< nanoseconds, as the next
    std::int64_t status_changed = 0;
    bool operator==(const Stamp&) const = default;
  };
  struct Remembered {
    std::optional<Stamp> stamp;  ///< nothing: there was no such file
    std::optional<std::string> text;
  };
  enum class Look : std::uint8_t { same, other, hidden };

  [[nodiscard]] static Look look(const std::string& path, std::optional<Stamp>& found);
  [[nodiscard]] static Look compare(const std::string& path, const std::optional<Stamp>& stamp);
  [[nodiscard]] std::expected<std::string, std::error_code> read(const std::string& path);

  ReadFile read_;
  std::map<std::string, Remembered> files_;
  std::map<std::string, Remembered> before_;  ///< of the load() before
};

}  // namespace config
