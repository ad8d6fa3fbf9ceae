#include "runtime/random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

namespace runtime {

std::string random_hex(std::size_t bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::vector<unsigned char> chance(bytes);
  for (std::size_t have = 0; have < bytes;) {
    const ssize_t got = ::getrandom(chance.data() + have, bytes - have, 0);
    if (got < 0 && errno != EINTR)
      std::abort();  // since Linux 3.17 it cannot fail; a guessable key would be worse
    if (got > 0) have += static_cast<std::size_t>(got);
  }
  std::string text;
  for (const unsigned char byte : chance) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

}  // namespace runtime
