#include "postgres/rewind_files.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <string>
#include <system_error>

#include "postgres/data_directory.hpp"
#include "postgres/files.hpp"
#include "postgres/layout.hpp"
#include "postgres/listing.hpp"
#include "postgres/segments.hpp"

namespace postgres {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t free_share = 10;  // of the volume: one part in so many stays free

template <class Number>
bool take_number(std::string_view text, Number& number, int base) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return error == std::errc() && end == text.data() + text.size();
}

bool has_room(const fs::path& volume, std::uint64_t bytes) {
  std::error_code error;
  const auto space = fs::space(volume, error);
  return !error && space.available >= bytes + space.capacity / free_share;
}

std::expected<void, Problem> move(const fs::path& from, const fs::path& to) {
  if (std::rename(from.c_str(), to.c_str()) == 0) return {};
  return std::unexpected(file_problem("move " + from.string() + " to", to, errno));
}

}  // namespace

std::optional<Divergence> parse_divergence(std::string_view line) {
  constexpr std::string_view before = "servers diverged at WAL location ";
  constexpr std::string_view between = " on timeline ";
  const auto begin = line.find(before);
  if (begin == std::string_view::npos) return std::nullopt;
  line.remove_prefix(begin + before.size());
  const auto middle = line.find(between);
  if (middle == std::string_view::npos) return std::nullopt;
  const auto at = core::parse_lsn(line.substr(0, middle));
  Divergence found;
  if (!at || !take_number(line.substr(middle + between.size()), found.timeline.number, 10))
    return std::nullopt;
  found.at = *at;
  return found;
}

std::vector<std::string> segments_past(const std::vector<std::string>& names,
                                       const Divergence& fork, core::Lsn end,
                                       std::uint64_t segment) {
  std::vector<std::string> found;
  for (const std::string& name : names) {
    const auto parsed = parse_segment(name, segment);
    if (!parsed || parsed->timeline < fork.timeline) continue;
    if (parsed->begin.bytes + segment > fork.at.bytes && parsed->begin < end) found.push_back(name);
  }
  return found;
}

std::expected<GivenUp, Problem> keep_given_up(const fs::path& pgdata, const Divergence& fork,
                                              core::Lsn end) {
  const fs::path aside = layout::in(pgdata, layout::given_up);
  std::error_code error;
  fs::remove_all(aside, error);
  if (!error) fs::create_directory(aside, error);
  if (error) return std::unexpected(file_problem("make", aside, error.value()));
  const fs::path wal = pgdata / "pg_wal";
  const auto names = names_in(wal);
  if (!names) return std::unexpected(names.error());
  const std::uint64_t size = segment_size(wal, *names);
  GivenUp kept;
  for (const std::string& name : segments_past(*names, fork, end, size)) {
    if (!has_room(aside, size)) {
      kept.all = false;
      break;
    }
    const auto text = fs::copy_file(wal / name, aside / name, error);
    if (error || !text) return std::unexpected(file_problem("copy", aside / name, error.value()));
    if (auto synced = sync_file(aside / name); !synced) return std::unexpected(synced.error());
    ++kept.files;
  }
  if (auto synced = sync_directory(aside); !synced) return std::unexpected(synced.error());
  return kept;
}

std::expected<void, Problem> stage_cluster(const fs::path& pgdata) {
  const fs::path staging = staging_directory(pgdata);
  std::error_code error;
  fs::create_directory(staging, error);
  if (!error) fs::permissions(staging, fs::perms::owner_all, error);
  if (error) return std::unexpected(file_problem("make", staging, error.value()));
  const auto names = names_in(pgdata);
  if (!names) return std::unexpected(names.error());
  std::vector<std::string> moved;
  for (const std::string& name : *names) {
    if (name.starts_with(layout::prefix) || name == "lost+found") continue;
    const auto done = move(pgdata / name, staging / name);
    if (done) {
      moved.push_back(name);
      continue;
    }
    for (const std::string& back : moved) {
      if (const auto undone = move(staging / back, pgdata / back); !undone) return undone;
    }
    return done;
  }
  if (auto synced = sync_directory(staging); !synced) return synced;
  return sync_directory(pgdata);
}

bool has_staged(const fs::path& pgdata) {
  std::error_code error;
  return !fs::is_empty(staging_directory(pgdata), error) && !error;
}

}  // namespace postgres
