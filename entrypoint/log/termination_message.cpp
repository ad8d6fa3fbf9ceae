#include "log/termination_message.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace logs {
namespace {

// Kubernetes' default for a container's terminationMessagePath.
constexpr const char* path = "/dev/termination-log";
// The kubelet's MaxContainerTerminationMessageLength.
constexpr std::size_t most_bytes = 4096;

bool continues_a_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

}  // namespace

std::string_view termination_text(std::string_view message) {
  if (message.size() <= most_bytes) return message;
  std::size_t end = most_bytes;
  while (end > 0 && continues_a_character(message[end]))
    --end;
  return message.substr(0, end);
}

void leave_termination_message(std::string_view message) {
  // O_NONBLOCK: whatever is there must not hold up the end of PID 1.
  const int file = ::open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (file < 0) return;
  struct stat found{};
  if (::fstat(file, &found) == 0 && S_ISREG(found.st_mode) && ::ftruncate(file, 0) == 0) {
    const std::string_view text = termination_text(message);
    // Nobody is left to hear of a failure, and the log has the same words.
    static_cast<void>(::write(file, text.data(), text.size()) < 0);
  }
  ::close(file);
}

void leave_termination_message_as_pid_1(std::string_view message) {
  if (::getpid() == 1) leave_termination_message(message);
}

}  // namespace logs
