#include "postgres/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "postgres/descriptor.hpp"

namespace postgres {
namespace {

constexpr std::size_t most_bytes = std::size_t{16} << 20U;

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool same_already(const std::filesystem::path& path, std::string_view text, mode_t mode) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return false;
  if ((found.st_mode & 07777U) != mode || static_cast<std::size_t>(found.st_size) != text.size())
    return false;
  const auto now = read_file(path);
  return now && *now && **now == text;
}

}  // namespace

std::expected<std::optional<std::string>, Problem> read_file(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file.open()) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    return std::unexpected(file_problem("open", path, errno));
  }
  std::string text;
  while (true) {
    char buffer[8192];
    const ssize_t got = ::read(file.number(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(file_problem("read", path, errno));
    if (got == 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > most_bytes) return std::unexpected(file_problem("read", path, EFBIG));
  }
}

std::expected<void, Problem> sync_directory(const std::filesystem::path& path) {
  const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.open()) return std::unexpected(file_problem("open", path, errno));
  // Some network file systems refuse it for directories; PostgreSQL's fsync_fname overlooks the
  // same two.
  if (::fsync(directory.number()) != 0 && errno != EBADF && errno != EINVAL) {
    return std::unexpected(file_problem("fsync", path, errno));
  }
  return {};
}

std::expected<void, Problem> sync_file(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!file.open()) return std::unexpected(file_problem("open", path, errno));
  if (::fsync(file.number()) != 0) return std::unexpected(file_problem("fsync", path, errno));
  return {};
}

std::expected<bool, Problem> write_file_atomically(const std::filesystem::path& path,
                                                   std::string_view text, mode_t mode) {
  if (same_already(path, text, mode)) return false;
  const std::string temporary = path.string() + ".tmp";
  ::unlink(temporary.c_str());  // of an earlier, killed write
  Descriptor file(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.open()) return std::unexpected(file_problem("create", temporary, errno));
  const bool written = write_all(file.number(), text) && ::fchmod(file.number(), mode) == 0 &&
                       ::fsync(file.number()) == 0 && file.close();
  if (!written || ::rename(temporary.c_str(), path.c_str()) != 0) {
    const int error_number = errno;
    ::unlink(temporary.c_str());
    return std::unexpected(file_problem("write", path, error_number));
  }
  if (auto synced = sync_directory(path.parent_path()); !synced)
    return std::unexpected(synced.error());
  return true;
}

std::expected<bool, Problem> edit_file(const std::filesystem::path& path,
                                       const std::function<std::string(std::string_view)>& edit) {
  std::error_code error;
  const auto real = std::filesystem::canonical(path, error);
  if (error) return write_file_atomically(path, edit(""), 0600);
  const auto text = read_file(real);
  if (!text) return std::unexpected(text.error());
  const std::string before = text->value_or("");
  const std::string after = edit(before);
  if (after == before) return false;
  struct stat found{};
  const bool known = ::stat(real.c_str(), &found) == 0;
  return write_file_atomically(real, after, known ? found.st_mode & 07777U : 0600U);
}

std::expected<bool, Problem> remove_file(const std::filesystem::path& path) {
  if (::unlink(path.c_str()) != 0) {
    if (errno == ENOENT) return false;
    return std::unexpected(file_problem("remove", path, errno));
  }
  if (auto synced = sync_directory(path.parent_path()); !synced)
    return std::unexpected(synced.error());
  return true;
}

std::uint64_t volume_size(const std::filesystem::path& path) {
  struct statvfs found{};
  if (::statvfs(path.c_str(), &found) != 0) return 0;
  return std::uint64_t{found.f_blocks} * found.f_frsize;
}

}  // namespace postgres
