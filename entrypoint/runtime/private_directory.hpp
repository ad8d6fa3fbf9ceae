#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace runtime {

/// A directory of mode 0700 with a name of its own, for the socket of a server that only we and the
/// init files may reach. Owns it: gone with its content at destruction.
class PrivateDirectory {
 public:
  /// In the first of `parents` where a directory can be made and a Unix socket's path fits (107
  /// bytes, unix(7)). The error says what was wrong with each.
  [[nodiscard]] static std::expected<PrivateDirectory, std::string> make(
      const std::vector<std::filesystem::path>& parents);

  PrivateDirectory(PrivateDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  PrivateDirectory& operator=(PrivateDirectory&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }
  ~PrivateDirectory();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  explicit PrivateDirectory(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace runtime
