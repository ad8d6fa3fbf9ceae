#include "runtime/child_input.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace runtime {
namespace {

std::unexpected<std::string> system_error(const std::string& call) {
  return std::unexpected(call + ": " + std::strerror(errno));
}

}  // namespace

std::expected<postgres::Descriptor, std::string> memory_file(std::string_view text) {
  postgres::Descriptor file(::memfd_create("pgordinal", MFD_CLOEXEC));
  if (!file.open()) return system_error("memfd_create");
  while (!text.empty()) {
    const ssize_t written = ::write(file.number(), text.data(), text.size());
    if (written < 0) return system_error("write to memory");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::lseek(file.number(), 0, SEEK_SET) != 0) return system_error("lseek");
  return file;
}

std::expected<Pipe, std::string> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("pipe");
  return Pipe{.read = postgres::Descriptor(ends[0]), .write = postgres::Descriptor(ends[1])};
}

std::string text_of(const postgres::Descriptor& memory_file) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t got =
        ::pread(memory_file.number(), buffer, sizeof buffer, static_cast<off_t>(text.size()));
    if (got <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

}  // namespace runtime
