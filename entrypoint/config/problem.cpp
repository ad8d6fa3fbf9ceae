#include "config/problem.hpp"

#include <algorithm>
#include <ostream>

namespace config {
namespace {

constexpr std::size_t quoted_limit = 120;

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

std::string escaped(char c) {
  constexpr std::string_view hexadecimal = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  if (c == '"' || c == '\\') return {'\\', c};
  if (c == '\n') return "\\n";
  if (c == '\t') return "\\t";
  if (!is_control(c)) return {c};
  return {'\\', 'x', hexadecimal[byte >> 4], hexadecimal[byte & 0xf]};
}

bool continues_a_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

/// A name as it is, or between quotes where it could break the line.
std::string name_text(const std::string& name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  };
  return name.size() <= quoted_limit && std::ranges::all_of(name, plain) ? name : in_quotes(name);
}

std::string place(const Problem& problem) {
  std::string text;
  if (!problem.file.empty()) {
    text = problem.file;
    if (problem.line > 0)
      text += ":" + std::to_string(problem.line) + ":" + std::to_string(problem.column);
    text += ": ";
  }
  if (!problem.variable.empty()) return text + name_text(problem.variable) + ": ";
  if (!problem.key.empty()) return text + name_text(problem.key) + ": ";
  return text;
}

}  // namespace

std::string to_text(const Problem& problem) {
  std::string body;
  const auto add = [&body](std::string_view separator, const std::string& part) {
    if (part.empty()) return;
    if (!body.empty()) body += separator;
    body += part;
  };
  if (!problem.found.empty()) body = "found " + problem.found;
  if (!problem.expected.empty()) add(", ", "expected " + problem.expected);
  add("; ", problem.remedy);
  // A path or toml++'s description of a syntax error may hold what would break the line.
  std::string line;
  for (const char c : place(problem) + body)
    line += is_control(c) ? escaped(c) : std::string(1, c);
  return line;
}

void print(std::ostream& out, const std::vector<Problem>& problems) {
  for (const Problem& problem : problems)
    out << "error: " << to_text(problem) << '\n';
}

std::string in_quotes(std::string_view text) {
  std::size_t end = text.size();
  if (end > quoted_limit) {
    end = quoted_limit;
    while (end > 0 && continues_a_character(text[end]))
      --end;
  }
  std::string result = "\"";
  for (const char c : text.substr(0, end))
    result += escaped(c);
  return result + (end < text.size() ? "…\"" : "\"");
}

}  // namespace config
