#include "postgres/wal_reserve.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "postgres/descriptor.hpp"
#include "postgres/files.hpp"
#include "postgres/layout.hpp"

namespace postgres {
namespace {

constexpr std::uint64_t block = 512;  // of st_blocks, whatever the file system's are (inode(7))

std::optional<std::uint64_t> reserve_of(const std::filesystem::path& path) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return std::nullopt;
  const auto size = static_cast<std::uint64_t>(found.st_size);
  const bool taken = static_cast<std::uint64_t>(found.st_blocks) * block >= size;
  return taken ? std::optional(size) : std::nullopt;
}

}  // namespace

std::optional<WalVolume> wal_volume(const std::filesystem::path& pgdata) {
  struct statvfs space{};
  if (::statvfs((pgdata / "pg_wal").c_str(), &space) != 0 || space.f_blocks == 0)
    return std::nullopt;
  return WalVolume{.available = std::uint64_t{space.f_bavail} * space.f_frsize,
                   .size = std::uint64_t{space.f_blocks} * space.f_frsize,
                   .reserve = reserve_of(layout::in(pgdata, layout::wal_reserve))};
}

std::expected<void, Problem> make_reserve(const std::filesystem::path& pgdata,
                                          std::uint64_t bytes) {
  const std::filesystem::path path = layout::in(pgdata, layout::wal_reserve);
  const std::string temporary = path.string() + ".tmp";
  ::unlink(temporary.c_str());  // of an earlier, killed call
  Descriptor file(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.open()) return std::unexpected(file_problem("create", temporary, errno));
  int error = ::posix_fallocate(file.number(), 0, static_cast<off_t>(bytes));
  if (error == 0 && (::fsync(file.number()) != 0 || !file.close() ||
                     ::rename(temporary.c_str(), path.c_str()) != 0))
    error = errno;
  if (error != 0) {
    ::unlink(temporary.c_str());
    return std::unexpected(file_problem("write", path, error));
  }
  return sync_directory(path.parent_path());
}

std::expected<void, Problem> release_reserve(const std::filesystem::path& pgdata) {
  const std::filesystem::path path = layout::in(pgdata, layout::wal_reserve);
  // Not synced: after a power cut the reserve is there again, and is given up again.
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file.open() || ::ftruncate(file.number(), 0) != 0)
    return std::unexpected(file_problem("truncate", path, errno));
  return {};
}

}  // namespace postgres
