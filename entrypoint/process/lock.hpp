#pragma once

#include <expected>
#include <filesystem>
#include <string>

namespace process {

struct LockError {
  enum class Kind { held, unsupported, failed };
  Kind kind = Kind::failed;
  std::string message;  ///< what was found, who holds it when that can be known, what to do
};

/// Our claim on a data directory (promise S8): a flock on the directory itself, held until
/// destruction or the end of this process, however it ends. Children never inherit it.
class Lock {
 public:
  Lock(Lock&& other) noexcept;
  Lock& operator=(Lock&& other) noexcept;
  ~Lock();
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  friend std::expected<Lock, LockError> lock_directory(const std::filesystem::path& directory);
  explicit Lock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

[[nodiscard]] std::expected<Lock, LockError> lock_directory(const std::filesystem::path& directory);

}  // namespace process
