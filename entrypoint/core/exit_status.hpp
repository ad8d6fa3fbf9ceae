#pragma once

#include <string>

namespace core {

/// How a process ended: by exit(number) or by the signal of that number.
struct ExitStatus {
  bool by_signal = false;
  int number = 0;

  [[nodiscard]] bool success() const { return !by_signal && number == 0; }
  /// The status as a shell and a container runtime show it: the exit code, or 128 + the signal.
  [[nodiscard]] int code() const { return by_signal ? 128 + number : number; }
  bool operator==(const ExitStatus&) const = default;
};
[[nodiscard]] std::string to_text(const ExitStatus& status);  ///< `exit code 1`, `signal 9`

}  // namespace core
