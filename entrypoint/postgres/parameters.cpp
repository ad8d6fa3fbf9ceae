// Reading what others set: postgresql.conf's grammar (src/backend/utils/misc/guc-file.l) and the
// options of `postgres` (its reference page; PostmasterMain's getopt string).
#include <algorithm>
#include <array>
#include <cctype>
#include <system_error>
#include <utility>

#include "postgres/conf_text.hpp"
#include "postgres/files.hpp"
#include "postgres/layout.hpp"
#include "postgres/listing.hpp"

namespace postgres {
namespace {

using std::filesystem::path;
constexpr int deepest_include = 10;  // CONF_FILE_MAX_DEPTH

std::string lower(std::string_view text) {
  std::string result;
  for (const char next : text)
    result += next >= 'A' && next <= 'Z' ? static_cast<char>(next - 'A' + 'a') : next;
  return result;
}

bool in_name(char next) {
  return std::isalnum(static_cast<unsigned char>(next)) != 0 || next == '_' || next == '.' ||
         next == '$' || static_cast<unsigned char>(next) >= 0x80;
}

void skip_blanks(std::string_view& line) {
  const auto first = line.find_first_not_of(" \t\r\f");
  line.remove_prefix(std::min(first, line.size()));
}

/// '…' with '' and backslash escapes (DeescapeQuotedString; its octal escapes are of no use to us
/// and left out).
std::optional<std::string> quoted(std::string_view line) {
  std::string value;
  for (std::size_t at = 1; at < line.size(); ++at) {
    const char next = line[at];
    if (next == '\'') {
      if (at + 1 < line.size() && line[at + 1] == '\'') {
        value += '\'';
        ++at;
        continue;
      }
      return value;
    }
    if (next == '\\' && at + 1 < line.size()) {
      const char escaped = line[++at];
      value += escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped;
      continue;
    }
    value += next;
  }
  return std::nullopt;
}

struct Assignment {
  std::string name;
  std::string value;
};

std::optional<Assignment> parse_line(std::string_view line) {
  skip_blanks(line);
  std::size_t length = 0;
  while (length < line.size() && in_name(line[length]))
    ++length;
  if (length == 0) return std::nullopt;  // empty, a comment, or nonsense
  Assignment found{.name = lower(line.substr(0, length)), .value = {}};
  line.remove_prefix(length);
  skip_blanks(line);
  if (line.starts_with('=')) line.remove_prefix(1);
  skip_blanks(line);
  if (line.starts_with('\'')) {
    const auto value = quoted(line);
    if (!value) return std::nullopt;
    found.value = *value;
    return found;
  }
  const auto end = line.find_first_of(" \t\r\f#");
  found.value = line.substr(0, end);
  if (found.value.empty()) return std::nullopt;
  return found;
}

template <class Visit>
void each_assignment(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (const auto found = parse_line(text.substr(0, end))) visit(*found);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

bool is_include(std::string_view name) {
  return name == "include" || name == "include_if_exists" || name == "include_dir";
}

void collect(const path& file, int depth, Parameters& parameters);

void collect_include(const path& where, bool directory, int depth, Parameters& parameters) {
  if (!directory) return collect(where, depth + 1, parameters);
  const auto names = names_in(where);
  if (!names) return;
  for (const std::string& name : *names) {  // GetConfFilesInDir: *.conf, no dot files, in C order
    if (name.ends_with(".conf") && !name.starts_with('.'))
      collect(where / name, depth + 1, parameters);
  }
}

void collect(const path& file, int depth, Parameters& parameters) {
  if (depth > deepest_include || file.filename() == layout::include_conf) return;
  const auto text = read_file(file);
  if (!text || !*text) return;
  each_assignment(**text, [&](const Assignment& found) {
    if (!is_include(found.name)) {
      parameters[found.name] = found.value;
      return;
    }
    const path named(found.value);
    collect_include(named.is_absolute() ? named : file.parent_path() / named,
                    found.name == "include_dir", depth, parameters);
  });
}

/// Options of `postgres` that are short for a parameter. `fixed` is the value of one without an
/// argument.
struct Option {
  char letter;
  std::string_view name;
  std::string_view fixed;
};
constexpr std::array<Option, 13> short_options{{{'B', "shared_buffers", ""},
                                                {'F', "fsync", "off"},
                                                {'N', "max_connections", ""},
                                                {'O', "allow_system_table_mods", "on"},
                                                {'P', "ignore_system_indexes", "on"},
                                                {'S', "work_mem", ""},
                                                {'d', "log_min_messages", ""},
                                                {'h', "listen_addresses", ""},
                                                {'i', "listen_addresses", "*"},
                                                {'k', "unix_socket_directories", ""},
                                                {'l', "ssl", "on"},
                                                {'p', "port", ""},
                                                {'s', "log_statement_stats", "on"}}};
constexpr std::string_view other_options_with_argument = "CDftvWrc-";

const Option* option_of(char letter) {
  const auto found = std::ranges::find(short_options, letter, &Option::letter);
  return found == short_options.end() ? nullptr : found;
}

/// `work-mem=1MB` of -c and of `--` (ParseLongOption: dashes in the name become underscores).
void set_long(std::string_view text, Parameters& parameters) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return;
  std::string name = lower(text.substr(0, equals));
  std::ranges::replace(name, '-', '_');
  parameters[name] = text.substr(equals + 1);
}

/// One argument that begins with a single dash: a cluster of letters, the last of which may take
/// what follows. True where the next argument was taken.
bool take_short(std::string_view letters, std::string_view next, Parameters& parameters) {
  for (; !letters.empty(); letters.remove_prefix(1)) {
    const char letter = letters.front();
    const Option* option = option_of(letter);
    if (option != nullptr && !option->fixed.empty()) {
      parameters[std::string(option->name)] = option->fixed;
      continue;
    }
    if (option == nullptr && other_options_with_argument.find(letter) == std::string_view::npos)
      continue;
    const bool attached = letters.size() > 1;
    const std::string_view argument = attached ? letters.substr(1) : next;
    if (letter == 'c' || letter == '-') set_long(argument, parameters);
    if (option != nullptr) parameters[std::string(option->name)] = argument;
    return !attached;
  }
  return false;
}

}  // namespace

Parameters parameters_in(std::string_view text) {
  Parameters parameters;
  each_assignment(text, [&parameters](const Assignment& found) {
    if (!is_include(found.name)) parameters[found.name] = found.value;
  });
  return parameters;
}

Parameters parameters_of(const path& file) {
  Parameters parameters;
  collect(file, 0, parameters);
  return parameters;
}

Parameters parameters_on(const std::vector<std::string>& arguments) {
  Parameters parameters;
  for (std::size_t index = 0; index < arguments.size(); ++index) {
    const std::string_view argument = arguments[index];
    const std::string_view next =
        index + 1 < arguments.size() ? std::string_view(arguments[index + 1]) : "";
    if (argument == "--" || argument.size() < 2 || argument.front() != '-') break;
    if (argument.starts_with("--")) {
      set_long(argument.substr(2), parameters);
    } else if (take_short(argument.substr(1), next, parameters)) {
      ++index;
    }
  }
  return parameters;
}

}  // namespace postgres
