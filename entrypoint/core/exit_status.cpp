#include "core/exit_status.hpp"

namespace core {

std::string to_text(const ExitStatus& status) {
  return (status.by_signal ? "signal " : "exit code ") + std::to_string(status.number);
}

}  // namespace core
