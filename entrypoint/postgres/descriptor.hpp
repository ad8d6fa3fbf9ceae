#pragma once

#include <unistd.h>

#include <utility>

namespace postgres {

/// Owns one file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }

  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool open() const { return number_ >= 0; }
  /// Gives it up to somebody who closes it.
  int release() { return std::exchange(number_, -1); }
  /// close(2) with its result: the last place where some file systems report a failed write.
  bool close() { return ::close(release()) == 0; }

 private:
  int number_;
};

}  // namespace postgres
