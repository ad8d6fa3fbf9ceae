#include <array>

#include "config/keys.hpp"
#include "config/values.hpp"

/// Texts that are made from the table of keys: what a value must be, config/pgordinal.toml, the
/// list for `--help`.
namespace config {
namespace {

constexpr std::size_t width = 100;

std::string duration_text(std::int64_t milliseconds) {
  constexpr std::array<std::pair<std::int64_t, std::string_view>, 4> units{
      {{86'400'000, "d"}, {3'600'000, "h"}, {60'000, "min"}, {1000, "s"}}};
  for (const auto& [factor, name] : units) {
    if (milliseconds >= factor && milliseconds % factor == 0)
      return std::to_string(milliseconds / factor) + std::string(name);
  }
  return std::to_string(milliseconds) + "ms";
}

std::string size_text(std::int64_t bytes) {
  constexpr std::array<std::string_view, 4> names{"kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  std::int64_t number = bytes / 1024;
  for (; unit + 1 < names.size() && number % 1024 == 0; number /= 1024)
    ++unit;
  return std::to_string(number) + std::string(names[unit]);
}

std::string alternatives(std::string_view words) {
  std::string text;
  const auto all = split(words, ' ');
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i > 0) text += i + 1 == all.size() ? " or " : ", ";
    text += '"' + all[i] + '"';
  }
  return text;
}

/// `text` in lines of at most `width` columns, each behind `start`.
std::string wrapped(std::string_view text, std::string_view start) {
  std::string result, line(start);
  for (const std::string& word : split(text, ' ')) {
    if (line.size() + 1 + word.size() > width) {
      result += line + "\n";
      line = start;
    }
    line += " " + word;
  }
  return result + line + "\n";
}

std::string documented(const Key& row) {
  std::string text = wrapped(row.documentation, "#");
  const std::string what = expectation(row);
  const std::string effect = row.effect == Effect::reload ? "a reload" : "a restart";
  text += wrapped("Value: " + what + ". Takes effect at " + effect + ".", "#");
  text += "# Environment: " + environment_variable(row) + "\n";
  if (row.environment_only) return text;
  const std::string_view value = row.standard.empty() ? row.example : row.standard;
  text += "#" + std::string(row.name) + " = " + std::string(value);
  return text + (row.standard.empty() ? "  # an example: not set by default\n" : "\n");
}

constexpr std::string_view file_head =
    R"(# Settings of pgordinal: /etc/pgordinal/pgordinal.toml, or the file that --config or PGORDINAL_CONFIG names.
# Every key is here with its default, commented out. The file is optional, and so is each key: the
# environment variable wins over the file, the file over the default. `pgordinal check` shows what
# holds and where it came from. An unknown key or a wrong value stops the start.
# The official image's variables (POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB, PGDATA ...) keep
# their names and meaning; they are not keys of this file.
)";

constexpr std::string_view parameters_part = R"(
[postgresql.parameters]
# PostgreSQL's own parameters, as postgresql.conf has them: strings, numbers, booleans. They win over
# postgresql.conf and pgordinal's defaults. PostgreSQL says which ones need a restart. An extension's
# have a dot: "pg_stat_statements.max" = 10000.
# Refused, because pgordinal or PGDATA decide them: data_directory, config_file, hba_file, hot_standby
# (see replication.hot_standby), primary_conninfo, primary_slot_name, promote_trigger_file, recovery_target*,
# include*; and values under which no standby can follow: wal_level = minimal, wal_log_hints = off,
# full_page_writes = off, max_wal_senders and max_replication_slots under 2, a listen_addresses that
# only this host reaches.
# Environment: PGORDINAL_POSTGRESQL_PARAMETERS_WORK_MEM for work_mem, with __ for a dot
#shared_buffers = "256MB"
#max_connections = 200
)";

}  // namespace

std::string expectation(const Key& row) {
  switch (row.type) {
    case Type::text:
      return row.example.empty() ? "a text" : "a text such as " + std::string(row.example);
    case Type::boolean: return "true or false";
    case Type::integer:
      return "a whole number from " + std::to_string(row.least) + " to " + std::to_string(row.most);
    case Type::duration:
      return "a duration from \"" + duration_text(row.least) + "\" to \"" +
             duration_text(row.most) + "\" (units ms, s, min, h, d)";
    case Type::size:
      return (row.words.empty() ? "a size from \""
                                : alternatives(row.words) + ", or a size from \"") +
             size_text(row.least) + "\" to \"" + size_text(row.most) + "\" (units kB, MB, GB, TB)";
    case Type::choice: return alternatives(row.words);
    case Type::list: return "a list of texts such as " + std::string(row.example);
  }
  return {};
}

std::string documented_file() {
  std::string text(file_head), section;
  for (const Key& row : keys()) {
    if (row.section != section)
      text += "\n[" + (section = row.section) + "]\n";
    else
      text += '\n';
    text += documented(row);
  }
  return text + std::string(parameters_part);
}

std::string readme_table() {
  std::string text = "| key | default | meaning |\n| --- | --- | --- |\n";
  for (const Key& row : keys()) {
    const std::string name = row.environment_only ? environment_variable(row) : full_name(row);
    const std::string standard = row.standard.empty() ? "" : "`" + std::string(row.standard) + "`";
    text.append("| `").append(name).append("` | ").append(standard).append(" | ");
    text.append(row.documentation).append(" |\n");
  }
  return text;
}

std::string help() {
  constexpr std::size_t name_column = 38, variable_column = 50;
  const auto padded = [](const std::string& text, std::size_t columns) {
    return text.size() < columns ? text + std::string(columns - text.size(), ' ') : text + " ";
  };
  std::string text;
  for (const Key& row : keys()) {
    const std::string name = row.environment_only ? "(environment only)" : full_name(row);
    const std::string variable = environment_variable(row);
    text += "  " + padded(name, name_column);
    text += (row.standard.empty() ? variable
                                  : padded(variable, variable_column) + std::string(row.standard)) +
            "\n";
  }
  return text;
}

}  // namespace config
