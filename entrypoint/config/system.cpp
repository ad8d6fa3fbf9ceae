#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "config/load.hpp"

namespace config {
namespace {

constexpr std::size_t file_limit = std::size_t{1} << 20;

std::error_code last_error() {
  return {errno, std::generic_category()};
}

/// Owns an open file.
class Descriptor {
 public:
  // O_NONBLOCK: opening a pipe without a writer would block for ever.
  explicit Descriptor(const std::string& path)
      : number_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

std::expected<std::string, std::error_code> read_regular_file(const std::string& path) {
  const Descriptor file(path);
  if (file.number() < 0) return std::unexpected(last_error());
  struct stat status{};
  if (::fstat(file.number(), &status) != 0) return std::unexpected(last_error());
  if (S_ISDIR(status.st_mode)) return std::unexpected(make_error_code(std::errc::is_a_directory));
  if (!S_ISREG(status.st_mode)) return std::unexpected(make_error_code(std::errc::not_supported));
  std::string text;
  std::array<char, 16384> block{};
  while (true) {
    const ssize_t count = ::read(file.number(), block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::unexpected(last_error());
    if (count == 0) return text;
    text.append(block.data(), static_cast<std::size_t>(count));
    if (text.size() > file_limit)
      return std::unexpected(make_error_code(std::errc::file_too_large));
  }
}

std::string own_host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  return name.data();
}

}  // namespace

Input system_input(std::optional<std::string> file) {
  Input input{.environment = {},
              .file = std::move(file),
              .host_name = own_host_name(),
              .hosts_file = read_regular_file("/etc/hosts").value_or(""),
              .read_file = read_regular_file};
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    input.environment.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return input;
}

}  // namespace config
