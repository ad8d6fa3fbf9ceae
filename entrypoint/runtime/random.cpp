#include "runtime/random.hpp"

#include <sys/random.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <span>
#include <vector>

namespace runtime {

namespace {

void fill(std::span<unsigned char> chance) {
  for (std::size_t have = 0; have < chance.size();) {
    const ssize_t got = ::getrandom(chance.data() + have, chance.size() - have, 0);
    if (got < 0 && errno != EINTR)
      std::abort();  // since Linux 3.17 it cannot fail; a guessable key would be worse
    if (got > 0) have += static_cast<std::size_t>(got);
  }
}

}  // namespace

std::uint64_t random_number() {
  std::array<unsigned char, sizeof(std::uint64_t)> chance{};
  std::uint64_t number = 0;
  while (number == 0) {
    fill(chance);
    number = std::bit_cast<std::uint64_t>(chance);
  }
  return number;
}

std::string random_hex(std::size_t bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::vector<unsigned char> chance(bytes);
  fill(chance);
  std::string text;
  for (const unsigned char byte : chance) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

}  // namespace runtime
