#include "postgres/data_directory.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>
#include <system_error>

#include "postgres/control_file.hpp"
#include "postgres/files.hpp"
#include "postgres/layout.hpp"
#include "postgres/listing.hpp"

namespace postgres {
namespace {

using core::directory::Cluster;
using core::directory::Content;
using core::directory::Empty;
using core::directory::Unfinished;
using core::directory::Unusable;
using std::filesystem::path;

constexpr int oldest_major = 13;
constexpr int newest_major = 18;
/// What every cluster has. `base/1` is template1.
constexpr std::array<std::string_view, 5> cluster_parts{"base/1", "global", "pg_tblspc", "pg_wal",
                                                        "pg_xact"};

bool is_there(const path& file) {
  std::error_code error;
  return std::filesystem::exists(file, error);
}

Unusable unusable(const Problem& problem) {
  return {.what = problem.what, .remedy = problem.remedy};
}

/// The first line of PG_VERSION; empty where there is no such file, or an empty one (contract
/// clause 27).
std::expected<std::string, Problem> version_of(const path& pgdata) {
  const auto text = read_file(pgdata / "PG_VERSION");
  if (!text) return std::unexpected(text.error());
  if (!*text) return std::string();
  return (*text)->substr(0, (*text)->find_first_of(" \t\r\n"));
}

int major_of(std::string_view version) {
  int major = 0;
  const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), major);
  return error == std::errc() ? major : 0;
}

Unusable half_a_cluster(const path& pgdata, const std::string& why) {
  return {.what = pgdata.string() + " holds half a cluster: " + why,
          .remedy =
              "Whoever copied it there did not finish, or the disk lost files. Restore the whole "
              "backup again; or, "
              "if nothing in it is needed, empty the directory and the server begins anew."};
}

std::string missing_part(const path& pgdata) {
  for (const std::string_view part : cluster_parts) {
    const path whole = pgdata / part;
    if (is_there(whole)) continue;
    std::error_code error;
    const path target = std::filesystem::read_symlink(whole, error);
    if (error) return whole.string() + " is missing.";
    return whole.string() + " is a link to " + target.string() +
           ", which is not there (is its volume mounted?).";
  }
  return {};
}

Content inspect_cluster(const path& pgdata, const std::string& version) {
  const int major = major_of(version);
  if (major < oldest_major || major > newest_major) {
    return Unusable{
        .what = pgdata.string() + " holds a cluster of PostgreSQL \"" + version.substr(0, 16) +
                "\", and this program knows 13 to 18.",
        .remedy =
            "Start it with an image of that version; to change the version use pg_upgrade, or "
            "pg_dumpall there and restore here."};
  }
  if (const std::string missing = missing_part(pgdata); !missing.empty())
    return half_a_cluster(pgdata, missing);
  const auto bytes = read_control_file(pgdata);
  if (!bytes) return half_a_cluster(pgdata, bytes.error());
  return Cluster{.version = version,
                 .control = *bytes,
                 .standby_signal = is_there(pgdata / "standby.signal"),
                 .recovery_signal = is_there(pgdata / "recovery.signal"),
                 .promote_pending = is_there(layout::in(pgdata, layout::promote)),
                 .session_key = is_there(layout::in(pgdata, layout::key))};
}

bool is_ours(const std::string& name) {
  return name.starts_with(layout::prefix);
}

/// Our marker is there. It gives leave to discard what we put there, and nothing else (S5).
Content inspect_unfinished(const path& pgdata, const Marker& marker,
                           const std::vector<std::string>& names) {
  const std::string beside =
      layout::in(pgdata, layout::marker).string() + " says that a bootstrap did not end, but ";
  const std::string remedy = "If the cluster in " + pgdata.string() +
                             " is to be kept (a backup restored by hand), remove " +
                             std::string(layout::marker) + " and " + std::string(layout::staging) +
                             " there; if not, empty the directory.";
  if (marker.phase == Phase::staging) {
    const auto foreign = std::ranges::find_if_not(names, is_ours);
    if (foreign == names.end()) return Unfinished{marker.kind};
    return Unusable{.what = beside + "it did not put " + *foreign + " there.", .remedy = remedy};
  }
  const auto control = read_control_file(pgdata);
  // The whole old copy is there until phase replacing, so it can be read.
  // Unreadable: the temporary server ran without fsync, or the renames had not come that far.
  if (!control || control->system_id == marker.system_id) return Unfinished{marker.kind};
  return Unusable{.what = beside + "the cluster there is another one: its system identifier is " +
                          core::to_text(control->system_id) + ", the bootstrap's is " +
                          (marker.system_id ? core::to_text(*marker.system_id) : "not known") + ".",
                  .remedy = remedy};
}

/// May lie in a PGDATA that nothing was bootstrapped into: what is the volume's (layout.hpp), and
/// files of ours whose writing was cut short.
bool is_before_any_bootstrap(const std::string& name) {
  constexpr std::string_view cut_short = ".tmp";
  std::string_view whole = name;
  if (whole.ends_with(cut_short)) whole.remove_suffix(cut_short.size());
  return whole == layout::member || name == layout::given_up ||
         (whole == layout::marker && whole != name);
}

/// No marker, no PG_VERSION.
Content inspect_other(const path& pgdata, const std::vector<std::string>& names) {
  const auto first = std::ranges::find_if_not(names, is_before_any_bootstrap);
  if (first == names.end()) return Empty{};
  if (std::ranges::binary_search(names, "global") || std::ranges::binary_search(names, "base")) {
    return half_a_cluster(pgdata, (pgdata / "PG_VERSION").string() + " is missing or empty.");
  }
  if (std::ranges::binary_search(names, "lost+found")) {
    return Unusable{.what = pgdata.string() +
                            " is the root of a file system (it has lost+found), and not a cluster.",
                    .remedy = "Set PGDATA to a directory inside it, for example " +
                              (pgdata / "pgdata").string() +
                              ", or mount the volume with a subPath."};
  }
  return Unusable{
      .what = pgdata.string() + " is neither empty nor a cluster: there is " + *first +
              (std::ranges::count_if(names, is_before_any_bootstrap) + 1 < std::ssize(names)
                   ? " and more."
                   : "."),
      .remedy = "Set PGDATA to an empty or new directory, or move away what is there."};
}

}  // namespace

Content inspect(const path& pgdata) {
  struct stat found{};
  if (::stat(pgdata.c_str(), &found) != 0) {
    if (errno == ENOENT) return Empty{};
    return unusable(file_problem("look at", pgdata, errno));
  }
  if (!S_ISDIR(found.st_mode)) {
    return Unusable{.what = pgdata.string() + " is not a directory.",
                    .remedy = "Set PGDATA to a directory."};
  }
  const auto names = names_in(pgdata);
  if (!names) return unusable(names.error());
  const auto marker = read_marker(pgdata);
  if (!marker) return unusable(marker.error());
  if (*marker) return inspect_unfinished(pgdata, **marker, *names);
  const auto version = version_of(pgdata);
  if (!version) return unusable(version.error());
  return version->empty() ? inspect_other(pgdata, *names) : inspect_cluster(pgdata, *version);
}

path staging_directory(const path& pgdata) {
  return layout::in(pgdata, layout::staging);
}

namespace {
std::expected<void, Problem> set_file(const path& file, bool present) {
  const auto changed = present ? write_file_atomically(file, "", 0600) : remove_file(file);
  if (!changed) return std::unexpected(changed.error());
  return {};
}
}  // namespace

std::expected<void, Problem> set_standby_signal(const path& pgdata, bool present) {
  if (auto done = set_file(pgdata / "standby.signal", present); !done || !present) return done;
  return set_file(pgdata / "recovery.signal", false);
}

std::expected<void, Problem> set_promote_pending(const path& pgdata, bool present) {
  return set_file(layout::in(pgdata, layout::promote), present);
}

}  // namespace postgres
