#include "postgres/conf_text.hpp"

#include <charconv>
#include <limits>

namespace postgres {
namespace {

/// What begins a line that is our mark; what follows on it may change between releases.
struct Marks {
  std::string_view begin;
  std::string_view end;
};
constexpr Marks top_marks{.begin = "# pgordinal: begin of first lines",
                          .end = "# pgordinal: end of first lines"};
constexpr Marks bottom_marks{.begin = "# pgordinal: begin of last lines",
                             .end = "# pgordinal: end of last lines"};
constexpr std::string_view advice = " (rewritten at each start: edit outside of them)";

/// Where a line that begins with `sign` starts, from `from` on.
std::size_t find_line(std::string_view text, std::string_view sign, std::size_t from) {
  for (std::size_t at = text.find(sign, from); at != std::string_view::npos;
       at = text.find(sign, at + 1)) {
    if (at == 0 || text[at - 1] == '\n') return at;
  }
  return std::string_view::npos;
}

struct Found {
  std::size_t begin = std::string_view::npos;
  std::size_t end = std::string_view::npos;  ///< behind the last byte of the block
};

Found find_block(std::string_view text, const Marks& marks) {
  const auto begin = find_line(text, marks.begin, 0);
  if (begin == std::string_view::npos) return {};
  const auto last = find_line(text, marks.end, begin);
  if (last == std::string_view::npos) return {};
  const auto newline = text.find('\n', last);
  return {.begin = begin, .end = newline == std::string_view::npos ? text.size() : newline + 1};
}

}  // namespace

std::string quote_value(std::string_view value) {
  std::string quoted = "'";
  for (const char next : value) {
    if (next == '\'' || next == '\\') quoted += next;
    if (next == '\n') {
      quoted += "\\n";  // a raw newline would end the line (guc-file.l)
    } else {
      quoted += next;
    }
  }
  return quoted + "'";
}

std::string with_block(std::string_view text, std::string_view block, BlockPlace place) {
  const Marks& marks = place == BlockPlace::top ? top_marks : bottom_marks;
  std::string marked;
  if (!block.empty()) {
    marked.append(marks.begin).append(advice).append("\n").append(block);
    if (!block.ends_with('\n')) marked += '\n';
    marked.append(marks.end).append("\n");
  }
  const Found found = find_block(text, marks);
  if (found.begin != std::string_view::npos) {
    return std::string(text.substr(0, found.begin)) + marked + std::string(text.substr(found.end));
  }
  if (marked.empty()) return std::string(text);
  if (place == BlockPlace::top) return marked + std::string(text);
  return std::string(text) + (text.empty() || text.ends_with('\n') ? "" : "\n") + marked;
}

std::optional<std::uint64_t> parse_size(std::string_view value, std::uint64_t unit_bytes) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc()) return std::nullopt;
  std::string_view unit(end, static_cast<std::size_t>(value.data() + value.size() - end));
  while (unit.starts_with(' '))
    unit.remove_prefix(1);
  std::uint64_t factor = unit_bytes;
  if (unit == "B")
    factor = 1;
  else if (unit == "kB")
    factor = std::uint64_t{1} << 10U;
  else if (unit == "MB")
    factor = std::uint64_t{1} << 20U;
  else if (unit == "GB")
    factor = std::uint64_t{1} << 30U;
  else if (unit == "TB")
    factor = std::uint64_t{1} << 40U;
  else if (!unit.empty())
    return std::nullopt;
  if (factor != 0 && number > std::numeric_limits<std::uint64_t>::max() / factor)
    return std::nullopt;
  return number * factor;
}

}  // namespace postgres
