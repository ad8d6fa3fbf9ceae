#include "postgres/ownership.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>

#include "postgres/layout.hpp"
#include "postgres/listing.hpp"

namespace postgres {
namespace {

using std::filesystem::path;

constexpr mode_t private_mode = 0700;
constexpr mode_t socket_mode = 03775;
constexpr gid_t same_group = static_cast<gid_t>(-1);

std::string note(std::string_view verb, const path& where, int error_number) {
  return "cannot " + std::string(verb) + " " + where.string() + ": " + std::strerror(error_number);
}

std::expected<void, Problem> make_directories(const path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (!error) return {};
  return std::unexpected(file_problem("create directory", directory, error.value()));
}

/// The content first and the top last: after a kill in between the top is still wrong, and the next
/// start walks again.
std::expected<void, Problem> give_tree(const path& top, uid_t owner) {
  std::error_code error;
  using Walk =
      std::filesystem::recursive_directory_iterator;  // does not follow links to directories
  for (Walk entry(top, error), end; !error && entry != end; entry.increment(error)) {
    if (::lchown(entry->path().c_str(), owner, same_group) != 0 && errno != ENOENT) {
      return std::unexpected(file_problem("change the owner of", entry->path(), errno));
    }
  }
  if (error) return std::unexpected(file_problem("walk through", top, error.value()));
  if (::chown(top.c_str(), owner, same_group) != 0) {
    return std::unexpected(file_problem("change the owner of", top, errno));
  }
  return {};
}

Problem foreign_owner(const path& directory, uid_t owner) {
  const std::string us = std::to_string(::geteuid());
  return {
      .what = directory.string() + " belongs to user " + std::to_string(owner) +
              ", PostgreSQL would run as user " + us +
              " and only takes a directory of its own; the owner cannot be changed without root.",
      .remedy =
          "Set PGDATA to a new directory inside the volume, which is then made with the right "
          "owner, for "
          "example " +
          (directory / "pgdata").string() + "; or run the container as user " +
          std::to_string(owner) + " (runAsUser); or start it as root once."};
}

std::expected<Notes, Problem> prepare(const path& directory, std::optional<Account> account) {
  struct stat before{};
  const bool was_there = ::stat(directory.c_str(), &before) == 0;
  if (auto made = make_directories(directory); !made) return std::unexpected(made.error());
  struct stat found{};
  if (::stat(directory.c_str(), &found) != 0)
    return std::unexpected(file_problem("look at", directory, errno));
  if (!S_ISDIR(found.st_mode)) return std::unexpected(file_problem("use", directory, ENOTDIR));
  Notes notes;
  if (account && found.st_uid != account->uid) {
    if (auto given = give_tree(directory, account->uid); !given)
      return std::unexpected(given.error());
    if (was_there) {
      notes.push_back("gave " + directory.string() + " and all in it from user " +
                      std::to_string(found.st_uid) + " to user " + std::to_string(account->uid));
    }
  }
  if (!account && found.st_uid != ::geteuid())
    return std::unexpected(foreign_owner(directory, found.st_uid));
  if ((found.st_mode & 07777U) != private_mode && ::chmod(directory.c_str(), private_mode) != 0) {
    notes.push_back(note("set mode 0700 on", directory, errno));
  }
  return notes;
}

}  // namespace

std::expected<Notes, Problem> prepare_data_directory(const path& pgdata,
                                                     std::optional<Account> account) {
  return prepare(pgdata, account);
}

std::expected<Notes, Problem> prepare_waldir(const path& waldir, std::optional<Account> account,
                                             bool must_be_empty) {
  if (!waldir.is_absolute() || waldir.native().find('\n') != std::string::npos) {
    return std::unexpected(
        Problem{.what = "The WAL directory \"" + waldir.string() + "\" is not an absolute path.",
                .remedy = "Set POSTGRES_INITDB_WALDIR (or --waldir) to one."});
  }
  auto notes = prepare(waldir, account);
  if (!notes || !must_be_empty) return notes;
  const auto names = names_in(waldir);
  if (!names) return std::unexpected(names.error());
  if (names->empty()) return notes;
  return std::unexpected(Problem{.what = "The WAL directory " + waldir.string() +
                                         " is not empty: there is " + names->front() + ".",
                                 .remedy = "It may hold the WAL of a cluster whose data directory "
                                           "is not mounted now. Set POSTGRES_INITDB_WALDIR "
                                           "to an empty directory, or move away what is there."});
}

Notes prepare_socket_directory(const path& directory, std::optional<Account> account) {
  if (auto made = make_directories(directory); !made) return {made.error().what};
  struct stat found{};
  if (::stat(directory.c_str(), &found) != 0) return {note("look at", directory, errno)};
  Notes notes;
  if (account && found.st_uid != account->uid &&
      ::chown(directory.c_str(), account->uid, same_group) != 0) {
    notes.push_back(note("change the owner of", directory, errno));
  }
  if ((found.st_mode & 07777U) != socket_mode && ::chmod(directory.c_str(), socket_mode) != 0 &&
      errno != EPERM) {
    notes.push_back(note("set mode 03775 on", directory, errno));
  }
  return notes;
}

}  // namespace postgres
