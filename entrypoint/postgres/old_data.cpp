#include "postgres/old_data.hpp"

#include <charconv>
#include <system_error>
#include <vector>

#include "postgres/files.hpp"
#include "postgres/listing.hpp"

namespace postgres {
namespace {

using std::filesystem::path;
constexpr int first_major_of_new_layout = 18;

bool has_cluster(const path& directory) {
  std::error_code error;
  return std::filesystem::file_size(directory / "PG_VERSION", error) > 0 && !error;
}

/// PARENT/*/docker, as the glob would order it.
void add_below(const path& parent, std::vector<std::string>& found) {
  const auto names = names_in(parent);
  if (!names) return;
  for (const std::string& name : *names) {
    const path candidate = parent / name / "docker";
    if (!name.starts_with('.') && has_cluster(candidate)) found.push_back(candidate);
  }
}

std::vector<std::string> old_clusters(const path& home) {
  std::vector<std::string> found;
  for (const path& candidate : {home, home / "data"}) {
    if (has_cluster(candidate)) found.push_back(candidate);
  }
  add_below(home, found);
  // Upstream misses this one: a volume mounted at the old place and used by the new layout (issue
  // 1400 there).
  add_below(home / "data", found);
  return found;
}

std::string error_text(const std::vector<std::string>& found) {
  std::string list;
  for (const std::string& one : found)
    list += (list.empty() ? "" : " ") + one;
  return "Error: in 18+, these Docker images are configured to store database data in a\n"
         "       format which is compatible with \"pg_ctlcluster\" (specifically, using\n"
         "       major-version-specific directory names).  This better reflects how\n"
         "       PostgreSQL itself works, and how upgrades are to be performed.\n"
         "\n"
         "       See also https://github.com/docker-library/postgres/pull/1259\n"
         "\n"
         "       Counter to that, there appears to be PostgreSQL data in:\n"
         "         " +
         list +
         "\n"
         "\n"
         "       This is usually the result of upgrading the Docker image without\n"
         "       upgrading the underlying database using \"pg_upgrade\" (which requires both\n"
         "       versions).\n"
         "\n"
         "       The suggested container configuration for 18+ is to place a single mount\n"
         "       at /var/lib/postgresql which will then place PostgreSQL data in a\n"
         "       subdirectory, allowing usage of \"pg_upgrade --link\" without mount point\n"
         "       boundary issues.\n"
         "\n"
         "       See https://github.com/docker-library/postgres/issues/37 for a (long)\n"
         "       discussion around this process, and suggestions for how to do so.\n";
}

/// mountinfo writes space, tab, newline and backslash as \ooo (proc(5)).
std::string unescape(std::string_view field) {
  std::string text;
  for (std::size_t at = 0; at < field.size(); ++at) {
    unsigned code = 0;
    const bool octal = field[at] == '\\' && at + 3 < field.size() &&
                       std::from_chars(field.data() + at + 1, field.data() + at + 4, code, 8).ptr ==
                           field.data() + at + 4;
    text += octal ? static_cast<char>(code) : field[at];
    if (octal) at += 3;
  }
  return text;
}

}  // namespace

bool is_mount_point(std::string_view mountinfo, std::string_view wanted) {
  while (!mountinfo.empty()) {
    const auto end = mountinfo.find('\n');
    std::string_view line = mountinfo.substr(0, end);
    mountinfo.remove_prefix(end == std::string_view::npos ? mountinfo.size() : end + 1);
    for (int field = 1; field < 5 && !line.empty(); ++field) {  // the fifth is the mount point
      const auto blank = line.find(' ');
      line.remove_prefix(blank == std::string_view::npos ? line.size() : blank + 1);
    }
    if (unescape(line.substr(0, line.find(' '))) == wanted) return true;
  }
  return false;
}

std::optional<std::string> old_data_error(std::string_view pgdata, std::string_view major,
                                          const OldDataPlaces& places) {
  if (major.empty() || pgdata != (places.home / major / "docker").native()) return std::nullopt;
  std::vector<std::string> found = old_clusters(places.home);
  int number = 0;
  std::from_chars(major.data(), major.data() + major.size(), number);
  if (found.empty() && number >= first_major_of_new_layout) {
    const auto mountinfo = read_file(places.mountinfo);
    const std::string old_place = places.home / "data";
    if (mountinfo && *mountinfo && is_mount_point(**mountinfo, old_place)) {
      found.push_back(old_place + " (unused mount/volume)");
    }
  }
  if (found.empty()) return std::nullopt;
  return error_text(found);
}

}  // namespace postgres
