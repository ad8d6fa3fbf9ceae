// discard(), drop_beside(), adopt_staged() and finish_staged(): the ways out of an unfinished
// bootstrap.
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <system_error>
#include <variant>

#include "postgres/data_directory.hpp"
#include "postgres/files.hpp"
#include "postgres/layout.hpp"
#include "postgres/listing.hpp"
#include "postgres/old_data.hpp"

namespace postgres {
namespace {

using std::filesystem::path;

std::expected<void, Problem> remove_tree(const path& top) {
  std::error_code error;
  std::filesystem::remove_all(top, error);  // does not follow links
  if (error) return std::unexpected(file_problem("remove", top, error.value()));
  return {};
}

bool is_folder(const path& which) {
  std::error_code error;
  return std::filesystem::is_directory(which, error);
}

std::expected<void, Problem> empty_directory(const path& directory) {
  if (!is_folder(directory)) return {};
  const auto names = names_in(directory);
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    if (auto removed = remove_tree(directory / name); !removed) return removed;
  }
  return sync_directory(directory);
}

/// A tablespace's directory belongs to the user; PostgreSQL's is PG_<major>_<catalog version> in
/// it, and another server may have its own beside it (TABLESPACE_VERSION_DIRECTORY, relpath.h).
std::expected<void, Problem> remove_version_directories(const path& tablespace,
                                                        const std::string& major) {
  if (major.empty() || !is_folder(tablespace)) return {};
  const auto names = names_in(tablespace);
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    if (!name.starts_with("PG_" + major + "_")) continue;
    if (auto removed = remove_tree(tablespace / name); !removed) return removed;
  }
  return {};
}

std::expected<void, Problem> empty_tablespaces(const path& data, const std::string& major) {
  const path links = data / "pg_tblspc";
  if (!is_folder(links)) return {};
  const auto names = names_in(links);
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    std::error_code error;
    const path target = std::filesystem::read_symlink(links / name, error);
    if (error || !target.is_absolute()) continue;
    if (auto removed = remove_version_directories(target, major); !removed) return removed;
  }
  return {};
}

/// Everything outside PGDATA, as long as the links that lead there still are.
std::expected<void, Problem> discard_outside(const path& pgdata, const Marker& marker) {
  for (const path& data : {pgdata, staging_directory(pgdata)}) {
    if (auto done = empty_tablespaces(data, marker.major); !done) return done;
  }
  for (const path& tablespace : marker.tablespaces) {
    if (auto done = remove_version_directories(tablespace, marker.major); !done) return done;
  }
  if (marker.waldir.empty()) return {};
  return empty_directory(marker.waldir);
}

/// One entry from the staging directory up into PGDATA.
std::expected<void, Problem> move_up(const path& pgdata, const std::string& name) {
  const path from = staging_directory(pgdata) / name;
  const path to = pgdata / name;
  struct stat found{};
  if (name != layout::key && ::lstat(to.c_str(), &found) == 0) {
    return std::unexpected(file_problem("move " + from.string() + " to", to, EEXIST));
  }
  if (std::rename(from.c_str(), to.c_str()) != 0) {
    return std::unexpected(file_problem("move " + from.string() + " to", to, errno));
  }
  return {};
}

std::expected<void, Problem> move_all_but_version(const path& pgdata) {
  const auto names = names_in(staging_directory(pgdata));
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    if (name == "PG_VERSION") continue;
    const bool of_another_member = name.starts_with(layout::prefix) && name != layout::key;
    auto done =
        of_another_member ? remove_tree(staging_directory(pgdata) / name) : move_up(pgdata, name);
    if (!done) return done;
  }
  return sync_directory(pgdata);
}

/// What stays where it is while a copy is replaced: the volume's, and the clone's own.
bool stays(std::string_view name) {
  return name == layout::marker || name == layout::staging || name == layout::old ||
         name == layout::member || name == layout::given_up || name == layout::passfile ||
         name == "lost+found";
}

/// The old copy down into its directory. All of it: nothing of the clone is up yet.
std::expected<void, Problem> move_aside(const path& pgdata) {
  const path aside = layout::in(pgdata, layout::old);
  std::error_code error;
  std::filesystem::create_directory(aside, error);
  if (error) return std::unexpected(file_problem("make", aside, error.value()));
  const auto names = names_in(pgdata);
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    if (stays(name)) continue;
    if (std::rename((pgdata / name).c_str(), (aside / name).c_str()) != 0)
      return std::unexpected(file_problem("move " + name + " to", aside, errno));
  }
  if (auto synced = sync_directory(aside); !synced) return synced;
  return sync_directory(pgdata);
}

/// With a WAL directory of its own elsewhere, as long as the link that leads there still is.
std::expected<void, Problem> remove_old(const path& pgdata) {
  const path aside = layout::in(pgdata, layout::old);
  std::error_code error;
  const path waldir = std::filesystem::read_symlink(aside / "pg_wal", error);
  if (!error && waldir.is_absolute()) {
    if (auto emptied = empty_directory(waldir); !emptied) return emptied;
  }
  return remove_tree(aside);
}

bool has_version(const path& directory) {
  std::error_code error;
  return std::filesystem::exists(directory / "PG_VERSION", error);
}

}  // namespace

std::expected<void, Problem> discard(const path& pgdata) {
  const auto content = inspect(pgdata);
  if (const auto* why = std::get_if<core::directory::Unusable>(&content)) {
    return std::unexpected(Problem{.what = why->what, .remedy = why->remedy});
  }
  if (!std::holds_alternative<core::directory::Unfinished>(content)) {
    return std::unexpected(
        Problem{.what = pgdata.string() + " has no marker of an unfinished bootstrap.",
                .remedy = "Nothing was removed."});
  }
  const auto marker = read_marker(pgdata);
  if (!marker) return std::unexpected(marker.error());
  if ((*marker)->phase == Phase::beside) return drop_beside(pgdata);
  if ((*marker)->phase == Phase::replacing) return finish_staged(pgdata);
  if (auto done = discard_outside(pgdata, **marker); !done) return done;
  const auto names = names_in(pgdata);
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    if (name == layout::marker || name == layout::member || name == layout::given_up) continue;
    if (auto removed = remove_tree(pgdata / name); !removed) return removed;
  }
  return remove_marker(pgdata);
}

std::expected<void, Problem> adopt_staged(const path& pgdata) {
  const auto marker = read_marker(pgdata);
  if (!marker) return std::unexpected(marker.error());
  if (!*marker || (*marker)->phase != Phase::adopting) {
    return std::unexpected(
        Problem{.what = pgdata.string() + " has no bootstrap that is ready to be adopted.",
                .remedy = "Nothing was moved."});
  }
  const path staging = staging_directory(pgdata);
  if (has_version(staging)) {
    if (auto done = move_all_but_version(pgdata); !done) return done;
    if (auto done = move_up(pgdata, "PG_VERSION"); !done) return done;
    if (auto done = sync_directory(pgdata); !done) return done;
  }
  if (!has_version(pgdata)) {
    return std::unexpected(Problem{.what = staging.string() + " holds no cluster to adopt.",
                                   .remedy = "Empty " + pgdata.string() + " and start again."});
  }
  std::error_code error;
  std::filesystem::remove(staging, error);
  if (error) return std::unexpected(file_problem("remove", staging, error.value()));
  return sync_directory(pgdata);
}

bool can_be_replaced(const path& pgdata) {
  const auto tablespaces = names_in(pgdata / "pg_tblspc");
  const auto mounts = read_file("/proc/self/mountinfo");
  const auto names = names_in(pgdata);
  if (!tablespaces || !tablespaces->empty() || !mounts || !*mounts || !names) return false;
  return std::ranges::none_of(*names, [&](const std::string& name) {
    return is_mount_point(**mounts, (pgdata / name).native());
  });
}

std::expected<void, Problem> drop_beside(const path& pgdata) {
  if (auto removed = remove_tree(staging_directory(pgdata)); !removed) return removed;
  return remove_marker(pgdata);
}

std::expected<void, Problem> finish_staged(const path& pgdata) {
  auto marker = read_marker(pgdata);
  if (!marker) return std::unexpected(marker.error());
  if (*marker && (*marker)->phase == Phase::replacing) {
    if (auto done = move_aside(pgdata); !done) return done;
    (*marker)->phase = Phase::adopting;
    if (auto done = write_marker(pgdata, **marker); !done) return done;
  }
  if (auto done = adopt_staged(pgdata); !done) return done;
  if (auto done = remove_old(pgdata); !done) return done;
  return remove_marker(pgdata);
}

}  // namespace postgres
