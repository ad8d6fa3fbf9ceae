#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace core {

/// A position in the write-ahead log, in bytes.
struct Lsn {
  std::uint64_t bytes = 0;
  auto operator<=>(const Lsn&) const = default;
};
[[nodiscard]] std::string to_text(Lsn lsn);  ///< `16/B374D848`
[[nodiscard]] std::optional<Lsn> parse_lsn(
    std::string_view s);  ///< nothing where `s` is not of that form

/// A timeline's number, from 1.
struct Timeline {
  std::uint32_t number = 0;
  auto operator<=>(const Timeline&) const = default;
};

/// Where a timeline ends, and its child begins.
struct Fork {
  Timeline timeline{};
  Lsn at{};
  bool operator==(const Fork&) const = default;
};

/// initdb's random number that all copies of one cluster share (pg_control's system_identifier).
struct SystemId {
  std::uint64_t number = 0;
  auto operator<=>(const SystemId&) const = default;
};
[[nodiscard]] std::string to_text(SystemId id);  ///< decimal, as IDENTIFY_SYSTEM shows it
[[nodiscard]] std::optional<SystemId> parse_system_id(std::string_view s);

}  // namespace core
