#include "core/lsn.hpp"

#include <array>
#include <charconv>

namespace core {
namespace {

/// The whole text as one unsigned number: no sign, no space, nothing behind it.
template <class Number>
std::optional<Number> parse_number(std::string_view s, int base) {
  Number number = 0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), number, base);
  if (error != std::errc{} || end != s.data() + s.size()) return std::nullopt;
  return number;
}

std::string upper_hexadecimal(std::uint32_t number) {
  std::array<char, 8> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
  std::string text(digits.data(), end);
  for (char& digit : text) {
    if (digit >= 'a') digit = static_cast<char>(digit - 'a' + 'A');
  }
  return text;
}

}  // namespace

std::string to_text(Lsn lsn) {
  return upper_hexadecimal(static_cast<std::uint32_t>(lsn.bytes >> 32)) + "/" +
         upper_hexadecimal(static_cast<std::uint32_t>(lsn.bytes));
}

std::optional<Lsn> parse_lsn(std::string_view s) {
  const auto slash = s.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto high = parse_number<std::uint32_t>(s.substr(0, slash), 16);
  const auto low = parse_number<std::uint32_t>(s.substr(slash + 1), 16);
  if (!high || !low) return std::nullopt;
  return Lsn{std::uint64_t{*high} << 32 | *low};
}

std::string to_text(SystemId id) {
  return std::to_string(id.number);
}

std::optional<SystemId> parse_system_id(std::string_view s) {
  const auto number = parse_number<std::uint64_t>(s, 10);
  if (!number) return std::nullopt;
  return SystemId{*number};
}

}  // namespace core
