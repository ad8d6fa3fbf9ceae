#include "log/line.hpp"

#include <algorithm>

#include "log/characters.hpp"

namespace logs {
namespace {

struct LevelName {
  std::string_view text;  ///< of equal width, so that lines align
  std::string_view json;
};

LevelName name_of(Level level) {
  switch (level) {
    case Level::debug: return {"DEBUG", "debug"};
    case Level::info: return {"INFO ", "info"};
    case Level::warning: return {"WARN ", "warning"};
    case Level::error: return {"ERROR", "error"};
  }
  return {"ERROR", "error"};
}

/// Between quotation marks where a space, an equals sign or nothing would leave its end unclear.
std::string text_value(std::string_view value) {
  std::string safe = escaped(value);
  const bool unchanged = safe.size() == value.size();
  const bool plain =
      !value.empty() && unchanged && value.find_first_of(" =") == std::string_view::npos;
  return plain ? safe : '"' + std::move(safe) + '"';
}

std::string json_text(std::string_view value) {
  return '"' + escaped(value) + '"';
}

std::string json_value(const Field& field) {
  return field.number ? field.value : json_text(field.value);
}

std::string json_fields(std::span<const Field> fields) {
  std::string members;
  for (const Field& field : fields) {
    if (field.key == "reason") continue;
    if (!members.empty()) members += ',';
    members += json_text(field.key) + ':' + json_value(field);
  }
  return members;
}

}  // namespace

std::string text(const Line& line) {
  std::string result(name_of(line.level).text);
  result += " pgordinal";
  if (!line.pod.empty()) result += '[' + one_line(line.pod) + ']';
  result += ' ' + one_line(line.event);
  if (!line.message.empty()) result += ": " + one_line(line.message);
  for (const Field& field : line.fields)
    result += ' ' + one_line(field.key) + '=' + text_value(field.value);
  return result;
}

std::string json(const Line& line) {
  std::string result = "\"level\":\"" + std::string(name_of(line.level).json) + '"';
  if (!line.pod.empty()) result += ",\"pod\":" + json_text(line.pod);
  result += ",\"event\":" + json_text(line.event);
  const auto reason = std::ranges::find(line.fields, "reason", &Field::key);
  if (reason != line.fields.end()) result += ",\"reason\":" + json_value(*reason);
  if (!line.message.empty()) result += ",\"message\":" + json_text(line.message);
  if (const std::string members = json_fields(line.fields); !members.empty())
    result += ",\"fields\":{" + members + '}';
  return result;
}

}  // namespace logs
