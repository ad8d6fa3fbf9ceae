#include "postgres/control_file.hpp"

#include <cstring>
#include <string>

#include "fuzz.hpp"
#include "postgres/crc32c.hpp"

/// global/pg_control: as it is, and with its check sum put right at each place where a version has
/// it, or nothing would get past that.
void fuzz(std::string_view bytes) {
  for (const int major : {0, 14, 17}) {
    const auto read = postgres::parse_control_file(bytes, major);
    if (!read) expect_one_line(read.error());
  }
  for (const std::size_t at : {288U, 292U, 296U}) {
    if (bytes.size() < at + 4) continue;
    std::string mended(bytes);
    const std::uint32_t sum = postgres::crc32c(bytes.substr(0, at));
    std::memcpy(mended.data() + at, &sum, sizeof sum);
    const auto read = postgres::parse_control_file(mended);
    if (!read) expect_one_line(read.error());
  }
}
