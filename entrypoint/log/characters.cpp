#include "log/characters.hpp"

#include <cstdint>

namespace logs {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

struct Form {
  std::size_t size = 0;
  std::uint32_t bits = 0;   ///< of the first byte
  std::uint32_t least = 0;  ///< the smallest code point that needs this size
};

Form form_of(unsigned char first) {
  if (first < 0x80) return {1, first, 0};
  if ((first & 0xe0) == 0xc0) return {2, first & 0x1fu, 0x80};
  if ((first & 0xf0) == 0xe0) return {3, first & 0x0fu, 0x800};
  if ((first & 0xf8) == 0xf0) return {4, first & 0x07u, 0x10000};
  return {};
}

std::string control_character(char c) {
  constexpr std::string_view hexadecimal = "0123456789abcdef";
  if (c == '\n') return "\\n";
  if (c == '\t') return "\\t";
  if (c == '\r') return "\\r";
  const auto byte = static_cast<unsigned char>(c);
  return {'\\', 'u', '0', '0', hexadecimal[byte >> 4], hexadecimal[byte & 0xf]};
}

std::string rewritten(std::string_view text, bool quoting) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    const char first = text.front();
    if (size == 0) {
      result += replacement;
    } else if (size > 1) {
      result += text.substr(0, size);
    } else if (static_cast<unsigned char>(first) < 0x20 || first == 0x7f) {
      result += control_character(first);
    } else {
      if (quoting && (first == '"' || first == '\\')) result += '\\';
      result += first;
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return result;
}

}  // namespace

std::size_t character_size(std::string_view text) {
  const Form form = form_of(static_cast<unsigned char>(text.front()));
  if (form.size == 0 || form.size > text.size()) return 0;
  std::uint32_t code = form.bits;
  for (const char c : text.substr(1, form.size - 1)) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0) != 0x80) return 0;
    code = code << 6 | (byte & 0x3fu);
  }
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return code < form.least || code > 0x10ffff || surrogate ? 0 : form.size;
}

std::string escaped(std::string_view text) {
  return rewritten(text, true);
}

std::string one_line(std::string_view text) {
  return rewritten(text, false);
}

}  // namespace logs
