#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include <toml++/toml.h>

#include "config/given.hpp"

namespace config {
namespace {

Place place_of(const std::string& path, const toml::source_region& source) {
  return {.file = path, .line = source.begin.line, .column = source.begin.column, .variable = {}};
}

std::string kind_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::none: return "nothing";
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "a list";
    case toml::node_type::string: return "the text " + in_quotes(node.as_string()->get());
    case toml::node_type::integer: return "the number " + std::to_string(node.as_integer()->get());
    case toml::node_type::floating_point: return "a number with a fraction";
    case toml::node_type::boolean: return node.as_boolean()->get() ? "true" : "false";
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time: return "a date or time";
  }
  return "something else";
}

std::optional<std::vector<std::string>> texts_of(const toml::array& array) {
  std::vector<std::string> texts;
  for (const toml::node& node : array) {
    if (!node.is_string()) return std::nullopt;
    texts.push_back(node.as_string()->get());
  }
  return texts;
}

/// Shortest text that reads back as the same number. Nothing for an infinite one.
std::optional<std::string> number_text(double number) {
  if (!std::isfinite(number)) return std::nullopt;
  // Not std::to_chars: its tables are 100 KB of the binary.
  char digits[64];
  for (int precision = std::numeric_limits<double>::digits10;; ++precision) {
    const int length = std::snprintf(digits, sizeof digits, "%.*g", precision, number);
    const bool same = std::strtod(digits, nullptr) == number;
    if (same || precision == std::numeric_limits<double>::max_digits10)
      return std::string(digits, static_cast<std::size_t>(length));
  }
}

/// A parameter's value as PostgreSQL reads it.
std::optional<std::string> parameter_text(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* number = node.as_floating_point()) return number_text(number->get());
  if (const auto* yes = node.as_boolean()) return yes->get() ? "on" : "off";
  return std::nullopt;
}

/// Walks the file's tables. One per read_file_text().
class Reader {
 public:
  Reader(const std::string& path, GivenSettings& settings) : path_(path), settings_(settings) {
    for (const Key& row : keys()) {
      names_.push_back(full_name(row));
      if (std::ranges::count(sections_, row.section) == 0) sections_.emplace_back(row.section);
    }
  }

  void read(const toml::table& root) {
    for (const auto& [name, node] : root) {
      if (std::ranges::count(sections_, name.str()) == 0) {
        unknown(name, "", sections_);
      } else if (const toml::table* table = node.as_table()) {
        name.str() == "postgresql" ? read_postgresql(*table)
                                   : read_section(std::string(name.str()), *table);
      } else {
        settings_.mistake(problem_at(place(node), std::string(name.str()), kind_of(node),
                                     "a section [" + std::string(name.str()) + "]"));
      }
    }
  }

 private:
  void read_section(const std::string& section, const toml::table& table) {
    for (const auto& [name, node] : table) {
      const Key* row = find_key(section, name.str());
      if (row == nullptr) {
        unknown(name, section + ".", names_);
      } else if (row->environment_only) {
        settings_.mistake(problem_at(place(node), full_name(*row), {}, {},
                                     "a secret does not belong in this file; set " +
                                         full_name(*row) + "_file or " +
                                         environment_variable(*row) + " instead"));
      } else {
        read_key(*row, node);
      }
    }
  }

  void read_key(const Key& row, const toml::node& node) {
    const bool is_text =
        row.type != Type::boolean && row.type != Type::integer && row.type != Type::list;
    if (is_text && node.is_string())
      return settings_.set_text(row, node.as_string()->get(), place(node));
    std::optional<Value> value;
    if (row.type == Type::boolean && node.is_boolean())
      value = read_value(row, node.as_boolean()->get() ? 1 : 0);
    if (row.type == Type::integer && node.is_integer())
      value = read_value(row, node.as_integer()->get());
    if (row.type == Type::list && node.is_array()) {
      if (auto texts = texts_of(*node.as_array())) value = read_value(row, std::move(*texts));
    }
    if (value) return settings_.set(row, std::move(*value), place(node));
    const bool unit_missing =
        (row.type == Type::duration || row.type == Type::size) && node.is_integer();
    settings_.mistake(row, place(node), kind_of(node),
                      unit_missing ? "a number alone has no unit" : "");
  }

  void read_postgresql(const toml::table& table) {
    for (const auto& [name, node] : table) {
      const toml::table* parameters = node.as_table();
      if (name.str() != "parameters") {
        settings_.mistake(problem_at(place(name), "postgresql." + std::string(name.str()),
                                     "an unknown key", {},
                                     "PostgreSQL's parameters belong in [postgresql.parameters]"));
      } else if (parameters == nullptr) {
        settings_.mistake(
            problem_at(place(node), "postgresql.parameters", kind_of(node), "a section"));
      } else {
        read_parameters("", *parameters);
      }
    }
  }

  /// `pg_stat_statements.max = 5` without quotes is a table in TOML: its names are put together
  /// again.
  void read_parameters(const std::string& prefix, const toml::table& table) {
    for (const auto& [name, node] : table) {
      const std::string full = prefix + std::string(name.str());
      if (const toml::table* inner = node.as_table(); inner && prefix.size() < 64) {
        read_parameters(full + ".", *inner);
      } else if (auto text = parameter_text(node)) {
        settings_.set_parameter(full, std::move(*text), place(node));
      } else {
        settings_.mistake(problem_at(place(node), "postgresql.parameters." + full, kind_of(node),
                                     "a text, a number, true or false"));
      }
    }
  }

  void unknown(const toml::key& name, const std::string& prefix,
               const std::vector<std::string>& known) {
    const std::string full = prefix + std::string(name.str());
    const auto meant = nearest(full, known);
    settings_.mistake(
        problem_at(place(name), full, prefix.empty() ? "an unknown section" : "an unknown key", {},
                   meant ? "did you mean " + *meant + "?" : "pgordinal --help lists the keys"));
  }

  Place place(const toml::node& node) const { return place_of(path_, node.source()); }
  Place place(const toml::key& name) const { return place_of(path_, name.source()); }

  const std::string& path_;
  GivenSettings& settings_;
  std::vector<std::string> names_;
  std::vector<std::string> sections_{"postgresql"};
};

}  // namespace

void read_file_text(const std::string& path, std::string_view text, GivenSettings& settings) {
  const toml::parse_result result = toml::parse(text);
  if (!result) {
    settings.file_unreadable();
    settings.mistake(problem_at(place_of(path, result.error().source()), {}, {}, {},
                                "not valid TOML: " + std::string(result.error().description())));
    return;
  }
  Reader(path, settings).read(result.table());
}

}  // namespace config
