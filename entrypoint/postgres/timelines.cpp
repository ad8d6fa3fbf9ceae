#include "postgres/timelines.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <set>

#include "postgres/files.hpp"
#include "postgres/listing.hpp"

namespace postgres {
namespace {

using core::Timeline;
using core::elected::Fork;
using std::filesystem::path;
using History = std::vector<Fork>;

constexpr std::string_view suffix = ".history";
constexpr std::size_t digits = 8;
constexpr std::string_view blanks = " \t\r\f\v";
constexpr mode_t private_file = 0600;
constexpr std::size_t shown = 60;  // of a line, in a message
constexpr std::uint32_t most_reserved = 10'000;
/// Ends before any WAL begins: nobody's ancestor.
constexpr std::string_view reserved_text = "1\t0/0\treserved\n";

path folder(const path& pgdata) {
  return pgdata / "pg_wal";
}

/// TLHistoryFileName
path file_of(const path& pgdata, Timeline timeline) {
  std::string name(digits, '0');
  for (std::uint32_t rest = timeline.number, at = digits; rest != 0; rest >>= 4U)
    name[--at] = "0123456789ABCDEF"[rest & 0xFU];
  return folder(pgdata) / (name + std::string(suffix));
}

std::optional<Timeline> number_in(std::string_view name) {
  if (name.size() != digits + suffix.size() || !name.ends_with(suffix)) return std::nullopt;
  name.remove_suffix(suffix.size());
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number, 16);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return Timeline{number};
}

/// The numbers that have a file.
std::expected<std::set<Timeline>, Problem> numbers_in(const path& pgdata) {
  const auto names = names_in(folder(pgdata));
  if (!names) return std::unexpected(names.error());
  std::set<Timeline> numbers;
  for (const std::string& name : *names) {
    if (const auto number = number_in(name)) numbers.insert(*number);
  }
  return numbers;
}

std::string_view next_word(std::string_view& line) {
  const auto begin = std::min(line.find_first_not_of(blanks), line.size());
  const auto end = std::min(line.find_first_of(blanks, begin), line.size());
  const std::string_view word = line.substr(begin, end - begin);
  line.remove_prefix(end);
  return word;
}

std::optional<Fork> parse_line(std::string_view line) {
  const std::string_view number = next_word(line);
  Fork fork;
  const auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), fork.timeline.number);
  const auto at = core::parse_lsn(next_word(line));
  if (error != std::errc() || end != number.data() + number.size() || !at) return std::nullopt;
  fork.at = *at;
  return fork;
}

std::expected<bool, Problem> is_reserved(const path& pgdata, Timeline timeline) {
  const auto text = read_file(file_of(pgdata, timeline));
  if (!text) return std::unexpected(text.error());
  return *text == reserved_text;
}

Problem not_free(const path& pgdata, Timeline found, Timeline wanted) {
  return {.what = "The server cannot be promoted to timeline " + std::to_string(wanted.number) +
                  ": " + file_of(pgdata, found).string() + " is there already.",
          .remedy =
              "That number was used by a server that this cluster's Lease never heard of. "
              "Let another member take over; this one's data can be cloned anew."};
}

Problem too_far(Timeline known, Timeline wanted) {
  return {.what = "The server cannot be promoted from timeline " + std::to_string(known.number) +
                  " to " + std::to_string(wanted.number) +
                  ": no cluster changes its primary that often.",
          .remedy = "Look at the timeline in the Lease's annotations: somebody wrote it there."};
}

}  // namespace

std::expected<History, std::string> parse_history(std::string_view text, Timeline of) {
  History history;
  Timeline last{};
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto begin = line.find_first_not_of(blanks);
    if (begin == std::string_view::npos || line[begin] == '#') continue;
    const auto fork = parse_line(line);
    if (!fork)
      return std::unexpected("it has the line `" + std::string(line.substr(0, shown)) + "`");
    if (fork->timeline <= last) return std::unexpected("its timelines are not in ascending order");
    last = fork->timeline;
    if (fork->at != core::Lsn{}) history.push_back(*fork);
  }
  if (last >= of) return std::unexpected("it names a timeline that is not below its own");
  return history;
}

std::expected<History, Problem> read_history(const path& pgdata, Timeline of) {
  const path file = file_of(pgdata, of);
  const auto text = read_file(file);
  if (!text) return std::unexpected(text.error());
  if (!*text) return History{};
  auto history = parse_history(**text, of);
  if (history) return std::move(*history);
  return std::unexpected(
      Problem{.what = file.string() + " is not a timeline history: " + history.error() + ".",
              .remedy = "PostgreSQL writes it once and never again, so the disk damaged it or "
                        "somebody edited it. Another member's file of that name is the same: "
                        "take that, or empty this pod's volume and let it clone."});
}

std::expected<Timeline, Problem> highest_history(const path& pgdata) {
  const auto numbers = numbers_in(pgdata);
  if (!numbers) return std::unexpected(numbers.error());
  return numbers->empty() ? Timeline{1} : std::max(Timeline{1}, *numbers->rbegin());
}

std::expected<void, Problem> reserve(const path& pgdata, Timeline known, Timeline wanted) {
  const auto numbers = numbers_in(pgdata);
  if (!numbers) return std::unexpected(numbers.error());
  if (!numbers->empty() && *numbers->rbegin() >= wanted)
    return std::unexpected(not_free(pgdata, *numbers->rbegin(), wanted));
  if (wanted.number - known.number > most_reserved) return std::unexpected(too_far(known, wanted));
  for (Timeline number{known.number + 1}; number < wanted; ++number.number) {
    if (numbers->contains(number)) continue;
    const auto written =
        write_file_atomically(file_of(pgdata, number), reserved_text, private_file);
    if (!written) return std::unexpected(written.error());
  }
  return {};
}

std::expected<void, Problem> drop_reserved(const path& pgdata, Timeline known) {
  const auto numbers = numbers_in(pgdata);
  if (!numbers) return std::unexpected(numbers.error());
  // From the highest down, so that what a kill leaves has no gap.
  for (auto number = numbers->rbegin(); number != numbers->rend() && *number > known; ++number) {
    const auto reserved = is_reserved(pgdata, *number);
    if (!reserved) return std::unexpected(reserved.error());
    if (!*reserved) break;
    if (const auto removed = remove_file(file_of(pgdata, *number)); !removed)
      return std::unexpected(removed.error());
  }
  return {};
}

}  // namespace postgres
