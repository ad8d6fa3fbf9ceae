#include "postgres/segments.hpp"

#include <charconv>
#include <system_error>

namespace postgres {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t name_digits = 24;

bool take_hex(std::string_view text, std::uint32_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::optional<Segment> parse_segment(std::string_view name, std::uint64_t size) {
  if (name.size() != name_digits) return std::nullopt;
  Segment segment;
  std::uint32_t high = 0;
  std::uint32_t low = 0;
  if (!take_hex(name.substr(0, 8), segment.timeline.number) || !take_hex(name.substr(8, 8), high) ||
      !take_hex(name.substr(16, 8), low)) {
    return std::nullopt;
  }
  segment.begin.bytes = (std::uint64_t{high} << 32U) + low * size;
  return segment;
}

std::uint64_t segment_size(const fs::path& wal, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    std::error_code error;
    if (name.size() != name_digits) continue;
    const std::uint64_t size = fs::file_size(wal / name, error);
    if (!error) return size;
  }
  return 0;
}

}  // namespace postgres
