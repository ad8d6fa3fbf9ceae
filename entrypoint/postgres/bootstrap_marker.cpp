#include "postgres/bootstrap_marker.hpp"

#include <array>

#include "postgres/files.hpp"
#include "postgres/layout.hpp"

namespace postgres {
namespace {

using core::directory::Bootstrap;

constexpr std::array<std::string_view, 3> kind_names{"initdb", "clone", "rewind"};
constexpr std::array<std::string_view, 5> phase_names{"staging", "adopting", "init", "beside",
                                                      "replacing"};
static_assert(kind_names.size() == static_cast<std::size_t>(Bootstrap::rewind) + 1);
static_assert(phase_names.size() == static_cast<std::size_t>(Phase::replacing) + 1);

constexpr std::string_view heading =
    "# pgordinal is filling this directory. While this file is here, nothing in it was ever "
    "served:\n"
    "# the next start discards all of it and begins again.\n";

template <class Enum, std::size_t count>
bool read_name(const std::array<std::string_view, count>& names, std::string_view text,
               Enum& value) {
  for (std::size_t index = 0; index < count; ++index) {
    if (names[index] == text) {
      value = static_cast<Enum>(index);
      return true;
    }
  }
  return false;
}

bool assign(Marker& marker, std::string_view key, std::string_view value) {
  if (key == "kind") return read_name(kind_names, value, marker.kind);
  if (key == "phase") return read_name(phase_names, value, marker.phase);
  if (key == "major") {
    marker.major = value;
    return value.find_first_not_of("0123456789") == std::string_view::npos;
  }
  if (key == "system_identifier") {
    marker.system_id = core::parse_system_id(value);
    return marker.system_id.has_value();
  }
  const bool absolute = value.starts_with('/');
  if (key == "waldir") marker.waldir = value;
  if (key == "tablespace") marker.tablespaces.emplace_back(value);
  return absolute && (key == "waldir" || key == "tablespace");
}

}  // namespace

std::string to_text(const Marker& marker) {
  std::string text(heading);
  const auto line = [&text](std::string_view key, std::string_view value) {
    if (!value.empty()) text.append(key).append("=").append(value).append("\n");
  };
  line("kind", kind_names[static_cast<std::size_t>(marker.kind)]);
  line("phase", phase_names[static_cast<std::size_t>(marker.phase)]);
  line("major", marker.major);
  if (marker.system_id) line("system_identifier", core::to_text(*marker.system_id));
  line("waldir", marker.waldir.native());
  for (const auto& tablespace : marker.tablespaces)
    line("tablespace", tablespace.native());
  return text;
}

std::expected<Marker, std::string> parse_marker(std::string_view text) {
  Marker marker;
  bool kind_seen = false;
  bool phase_seen = false;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (end == std::string_view::npos) return std::unexpected("its last line is cut off");
    text.remove_prefix(end + 1);
    if (line.empty() || line.starts_with('#')) continue;
    const auto equals = line.find('=');
    const std::string_view key = line.substr(0, equals);
    if (equals == std::string_view::npos || !assign(marker, key, line.substr(equals + 1))) {
      return std::unexpected("it has the line `" + std::string(line) + "`");
    }
    kind_seen = kind_seen || key == "kind";
    phase_seen = phase_seen || key == "phase";
  }
  if (!kind_seen || !phase_seen) return std::unexpected("it names no kind or no phase");
  return marker;
}

std::expected<std::optional<Marker>, Problem> read_marker(const std::filesystem::path& pgdata) {
  const auto path = layout::in(pgdata, layout::marker);
  const auto text = read_file(path);
  if (!text) return std::unexpected(text.error());
  if (!*text) return std::nullopt;
  auto marker = parse_marker(**text);
  if (!marker) {
    return std::unexpected(
        Problem{.what = path.string() + " is not a marker of this program: " + marker.error() + ".",
                .remedy = "If nothing in " + pgdata.string() +
                          " is needed, remove all of it; else remove that file alone."});
  }
  return std::move(*marker);
}

std::expected<void, Problem> write_marker(const std::filesystem::path& pgdata,
                                          const Marker& marker) {
  const auto written =
      write_file_atomically(layout::in(pgdata, layout::marker), to_text(marker), 0600);
  if (!written) return std::unexpected(written.error());
  return {};
}

std::expected<void, Problem> remove_marker(const std::filesystem::path& pgdata) {
  // What happened before it must not be found undone behind a marker that is gone.
  if (auto synced = sync_directory(pgdata); !synced) return synced;
  const auto removed = remove_file(layout::in(pgdata, layout::marker));
  if (!removed) return std::unexpected(removed.error());
  return {};
}

}  // namespace postgres
