#include "runtime/install.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include "postgres/descriptor.hpp"
#include "postgres/files.hpp"
#include "runtime/trial_run.hpp"

namespace runtime {
namespace {

namespace fs = std::filesystem;
using postgres::Descriptor;
using Refusal = std::unexpected<std::string>;

constexpr const char* ourselves = "/proc/self/exe";

std::string remedy_for(int error_number, const fs::path& directory) {
  const auto is = [error_number](std::initializer_list<int> numbers) {
    return std::ranges::find(numbers, error_number) != numbers.end();
  };
  if (is({ENOENT, ENOTDIR}))
    return "the directory " + directory.string() +
           " is not there: mount the volume (an emptyDir) there, or name another path";
  if (is({EROFS}))
    return "the file system is read-only: name a path on a writable volume, such as an emptyDir";
  if (is({EACCES, EPERM}))
    return "the user " + std::to_string(geteuid()) + " may not write to " + directory.string() +
           ": change its owner or mode (in Kubernetes: fsGroup), or run as another user";
  if (is({ENOSPC, EDQUOT}))
    return "the volume is full: the program needs 8 MiB there, so raise the volume's size (of an "
           "emptyDir: sizeLimit)";
  return "look at the volume: this was not expected";
}

Refusal cannot(const std::string& verb, const fs::path& path, int error_number,
               const fs::path& directory) {
  return Refusal("cannot " + verb + " " + path.string() + ": " + std::strerror(error_number) +
                 "; " + remedy_for(error_number, directory));
}

/// The file that `path` means; nothing else than a file is ever replaced (`install /dev/null`).
std::expected<fs::path, std::string> target_of(fs::path path) {
  if (path.empty()) return Refusal("PATH is empty; name a file or a directory");
  struct stat found{};
  if (::stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode)) path /= "pgordinal";
  if (!path.has_filename()) return cannot("write to", path, ENOENT, path);
  if (::stat(path.c_str(), &found) == 0 && !S_ISREG(found.st_mode)) {
    return Refusal(path.string() +
                   " is neither a file nor a directory, so it is left alone; name another path");
  }
  return path;
}

/// 0, or the errno of what failed.
int copy(int from, int to) {
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t got = ::read(from, buffer.data(), buffer.size());
    if (got == 0) return 0;
    if (got < 0 && errno != EINTR) return errno;
    for (ssize_t done = 0; done < got;) {
      const ssize_t written =
          ::write(to, buffer.data() + done, static_cast<std::size_t>(got - done));
      if (written < 0 && errno != EINTR) return errno;
      if (written > 0) done += written;
    }
  }
}

/// A file beside the target that goes away unless it took the target's place.
class Draft {
 public:
  explicit Draft(const fs::path& directory) : name_((directory / ".pgordinal.XXXXXX").string()) {
    file_ = Descriptor(::mkostemp(name_.data(), O_CLOEXEC));
    if (!file_.open()) error_ = errno;
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() {
    if (error_ == 0 && !placed_) ::unlink(name_.c_str());
  }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] int error() const { return error_; }

  /// 0 or an errno. Closed at the end: the kernel runs no file that is open for writing.
  int fill(int from) {
    if (const int failed = copy(from, file_.number()); failed != 0) return failed;
    const bool done =
        ::fchmod(file_.number(), 0755) == 0 && ::fsync(file_.number()) == 0 && file_.close();
    return done ? 0 : errno;
  }
  int place(const fs::path& target) {
    placed_ = ::rename(name_.c_str(), target.c_str()) == 0;
    return placed_ ? 0 : errno;
  }

 private:
  std::string name_;
  Descriptor file_;
  int error_ = 0;
  bool placed_ = false;
};

bool nothing_runs_on(const fs::path& directory) {
  struct statvfs found{};
  return ::statvfs(directory.c_str(), &found) == 0 && (found.f_flag & ST_NOEXEC) != 0;
}

}  // namespace

std::expected<fs::path, std::string> install(const fs::path& path) {
  const auto target = target_of(path);
  if (!target) return target;
  const fs::path directory = target->has_parent_path() ? target->parent_path() : fs::path(".");

  const Descriptor program(::open(ourselves, O_RDONLY | O_CLOEXEC));
  if (!program.open()) {
    return Refusal(std::string("cannot read the running program, ") + ourselves + ": " +
                   std::strerror(errno) + "; mount /proc");
  }
  Draft draft(directory);
  if (draft.error() != 0) return cannot("create a file in", directory, draft.error(), directory);
  if (nothing_runs_on(directory)) {
    return Refusal("nothing can be run from " + directory.string() +
                   ": its file system is mounted noexec; name a path on another volume");
  }
  if (const int error = draft.fill(program.number()); error != 0)
    return cannot("write", draft.name(), error, directory);
  if (const auto ran = trial_run(draft.name(), {"--version"}); !ran) {
    return Refusal("the copy in " + directory.string() + " does not run: " + ran.error() +
                   "; nothing was installed");
  }
  if (const int error = draft.place(*target); error != 0)
    return cannot("put the copy at", *target, error, directory);
  if (const auto synced = postgres::sync_directory(directory); !synced)
    return Refusal(synced.error().what);
  return target;
}

}  // namespace runtime
