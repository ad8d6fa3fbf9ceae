#pragma once

#include <cstdint>
#include <string_view>

namespace postgres {

/// CRC-32C (Castagnoli, reflected, as src/port/pg_crc32c_sb8.c). Bit by bit: pg_control has 300
/// bytes.
[[nodiscard]] constexpr std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0x82F63B78U : 0U);
  }
  return ~crc;
}
static_assert(crc32c("123456789") == 0xE3069283U);

}  // namespace postgres
