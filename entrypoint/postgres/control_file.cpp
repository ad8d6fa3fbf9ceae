#include "postgres/control_file.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <ctime>

#include "postgres/crc32c.hpp"
#include "postgres/files.hpp"

namespace postgres {
namespace {

// struct ControlFileData of src/include/catalog/pg_control.h, as 8-byte aligned machines lay it
// out. What we read stands at the same place in 13 to 18; 17 put wal_level into a hole of struct
// CheckPoint, 18 put default_char_signedness before the nonce, which moved the CRC.
constexpr std::size_t at_system_identifier = 0;
constexpr std::size_t at_pg_control_version = 8;
constexpr std::size_t at_state = 16;
constexpr std::size_t at_checkpoint = 32;
constexpr std::size_t at_redo = 40;           // checkPointCopy.redo
constexpr std::size_t at_this_timeline = 48;  // checkPointCopy (at 40) .ThisTimeLineID
constexpr std::size_t at_min_recovery_point = 136;
constexpr std::size_t at_capacities = 180;   // MaxConnections and the four behind it
constexpr std::size_t at_wal_segment = 228;  // xlog_seg_size

/// One layout. Minor releases never change it (PG_CONTROL_VERSION follows it).
struct Layout {
  std::uint32_t control_version;
  int first_major;
  int last_major;
  std::size_t at_crc;
};
constexpr std::array<Layout, 3> layouts{
    {{1300, 13, 16, 288}, {1700, 17, 17, 288}, {1800, 18, 18, 292}}};

constexpr std::size_t state_count = 7;
constexpr int most_reads = 5;
constexpr timespec between_reads{.tv_sec = 0, .tv_nsec = 10'000'000};

template <class Number>
Number number_at(std::string_view bytes, std::size_t offset) {
  Number number{};
  std::memcpy(&number, bytes.data() + offset, sizeof number);
  return number;
}

const Layout* layout_of(std::uint32_t control_version) {
  for (const Layout& layout : layouts) {
    if (layout.control_version == control_version) return &layout;
  }
  return nullptr;
}

/// PG_CONTROL_VERSION is the major version times 100 (since 9.4: 942, 960, 1002, 1100, …).
std::string unknown_version(std::uint32_t version) {
  // ReadControlFile's test for the other byte order.
  if (version % 65536 == 0 && version / 65536 != 0)
    return "it was written on a machine of the other byte order";
  return "its format is " + std::to_string(version) +
         "; known are those of PostgreSQL 13 to 18 (1300, 1700, 1800)";
}

enum class Flaw { none, torn, final };
struct Parsed {
  core::directory::ControlData data;
  Flaw flaw = Flaw::none;
  std::string why;
};

Parsed broken(Flaw flaw, std::string why) {
  return {.data = {}, .flaw = flaw, .why = std::move(why)};
}

Parsed parse(std::string_view bytes, int major) {
  if (bytes.size() < at_state) {
    return broken(Flaw::torn,
                  "it has " + std::to_string(bytes.size()) + " bytes, it should have 8192");
  }
  const auto version = number_at<std::uint32_t>(bytes, at_pg_control_version);
  const Layout* layout = layout_of(version);
  if (layout == nullptr) return broken(Flaw::final, unknown_version(version));
  if (bytes.size() < layout->at_crc + sizeof(std::uint32_t)) {
    return broken(Flaw::torn,
                  "it has " + std::to_string(bytes.size()) + " bytes, it should have 8192");
  }
  if (crc32c(bytes.substr(0, layout->at_crc)) != number_at<std::uint32_t>(bytes, layout->at_crc)) {
    return broken(Flaw::torn, "its checksum is wrong: the file is damaged");
  }
  if (major != 0 && (major < layout->first_major || major > layout->last_major)) {
    return broken(Flaw::final, "its format is " + std::to_string(version) +
                                   ", which is not that of PostgreSQL " + std::to_string(major));
  }
  const auto state = number_at<std::uint32_t>(bytes, at_state);
  if (state >= state_count)
    return broken(Flaw::final, "its state is " + std::to_string(state) + ", which is none");
  return {.data = {.system_id = {number_at<std::uint64_t>(bytes, at_system_identifier)},
                   .state = static_cast<core::directory::State>(state),
                   .timeline = {number_at<std::uint32_t>(bytes, at_this_timeline)},
                   .checkpoint = {number_at<std::uint64_t>(bytes, at_checkpoint)},
                   .min_recovery = {number_at<std::uint64_t>(bytes, at_min_recovery_point)},
                   .redo = {number_at<std::uint64_t>(bytes, at_redo)},
                   .wal_segment = number_at<std::uint32_t>(bytes, at_wal_segment),
                   .capacities = number_at<core::directory::Capacities>(bytes, at_capacities)},
          .flaw = Flaw::none,
          .why = {}};
}

}  // namespace

std::expected<core::directory::ControlData, std::string> parse_control_file(std::string_view bytes,
                                                                            int major) {
  Parsed parsed = parse(bytes, major);
  if (parsed.flaw != Flaw::none) return std::unexpected(parsed.why);
  return parsed.data;
}

std::expected<core::directory::ControlData, std::string> read_control_file(
    const std::filesystem::path& pgdata) {
  const auto path = pgdata / "global" / "pg_control";
  const auto unreadable = [&path](const std::string& why) {
    return std::unexpected(path.string() + ": " + why + ".");
  };
  for (int reads = 1;; ++reads) {
    const auto bytes = read_file(path);
    if (!bytes) return std::unexpected(bytes.error().what);
    if (!*bytes) return unreadable("the file is missing");
    Parsed parsed = parse(**bytes, 0);
    if (parsed.flaw == Flaw::none) return parsed.data;
    if (parsed.flaw == Flaw::final || reads == most_reads) return unreadable(parsed.why);
    ::nanosleep(&between_reads, nullptr);
  }
}

}  // namespace postgres
