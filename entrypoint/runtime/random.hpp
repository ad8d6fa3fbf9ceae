#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace runtime {

/// That many bytes of the kernel's randomness, in hexadecimal. The program's one source of chance
/// (STYLE rule 9).
[[nodiscard]] std::string random_hex(std::size_t bytes);
/// Never 0.
[[nodiscard]] std::uint64_t random_number();

}  // namespace runtime
