#include "core/identity.hpp"

#include <array>
#include <charconv>

namespace core {
namespace {

constexpr std::size_t slot_name_limit = 63;  // NAMEDATALEN - 1

/// FNV-1a, 64 bits: the same in every version of this program, which a slot's name must be.
std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return hash;
}

std::string hexadecimal(std::uint64_t number) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
  const std::string text(digits.data(), end);
  return std::string(digits.size() - text.size(), '0') + text;
}

char slot_character(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  const bool allowed = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  return allowed ? c : '_';
}

}  // namespace

PodName Identity::peer(Ordinal which) const {
  return PodName{statefulset + "-" + std::to_string(which.number)};
}

std::string Identity::address(Ordinal which) const {
  const std::string name = peer(which).text;
  return domain.empty() ? name : name + "." + domain;
}

std::optional<PodNameParts> split_pod_name(std::string_view name) {
  const auto dash = name.rfind('-');
  if (dash == std::string_view::npos || dash == 0) return std::nullopt;
  const std::string_view digits = name.substr(dash + 1);
  if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return PodNameParts{.statefulset = std::string(name.substr(0, dash)), .ordinal = Ordinal{number}};
}

std::string slot_name(const PodName& pod) {
  std::string name;
  for (const char c : pod.text)
    name += slot_character(c);
  if (name.size() <= slot_name_limit) return name;
  const std::string hash = hexadecimal(stable_hash(pod.text)) + "_";
  return hash + name.substr(name.size() - (slot_name_limit - hash.size()));
}

}  // namespace core
