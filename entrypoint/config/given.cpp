#include "config/given.hpp"

#include "config/parameters.hpp"

namespace config {
namespace {

std::string remedy_for(const Key& row, std::string_view text) {
  const bool unit_missing =
      (row.type == Type::duration || row.type == Type::size) && parse_integer(text);
  return unit_missing ? "a number alone has no unit" : "";
}

}  // namespace

void GivenSettings::set_text(const Key& row, std::string_view text, Place place) {
  if (auto value = read_value(row, text)) return set(row, std::move(*value), std::move(place));
  mistake(row, place, row.secret ? "an unusable value" : in_quotes(text), remedy_for(row, text));
}

void GivenSettings::set(const Key& row, Value value, Place place) {
  if (const auto wanted = objection(row, value)) {
    bad_[static_cast<std::size_t>(row.id)] = true;
    mistake(problem_at(place, full_name(row), row.secret ? "" : in_quotes(value.text), *wanted));
    return;
  }
  given_[static_cast<std::size_t>(row.id)] = Given{std::move(value), std::move(place)};
}

void GivenSettings::set_parameter(const std::string& name, std::string value, Place place) {
  const std::string key = "postgresql.parameters." + name;
  if (!valid_parameter_name(name)) {
    mistake(problem_at(
        place, "postgresql.parameters", "the name " + in_quotes(name),
        "a name of PostgreSQL's (letters, digits and _, with a dot for an extension's)"));
    return;
  }
  const std::string shown = may_hold_a_secret(name) ? "" : in_quotes(value);
  if (value.find('\0') != std::string::npos) {
    mistake(problem_at(place, key, "a zero byte in the value", "text"));
    return;
  }
  if (const auto why = refused(name, value)) {
    mistake(problem_at(place, key, shown, {}, "must not be set here: " + *why));
    return;
  }
  parameters_[lower_case(name)] =
      Given{Value{.text = std::move(value), .number = 0, .list = {}}, std::move(place)};
}

void GivenSettings::mistake(Problem problem) {
  problems_.push_back(std::move(problem));
}

void GivenSettings::mistake(const Key& row, const Place& place, std::string found,
                            std::string remedy) {
  bad_[static_cast<std::size_t>(row.id)] = true;
  mistake(problem_at(place, full_name(row), std::move(found), expectation(row), std::move(remedy)));
}

const Given* GivenSettings::find(Id id) const {
  const auto& given = given_[static_cast<std::size_t>(id)];
  return given ? &*given : nullptr;
}

bool GivenSettings::known(Id id) const {
  return !file_unreadable_ && !bad_[static_cast<std::size_t>(id)];
}

const Value& GivenSettings::value(Id id) const {
  static const auto standards = [] {
    std::array<Value, key_count> values;
    for (const Key& row : keys())
      values[static_cast<std::size_t>(row.id)] = standard_value(row);
    return values;
  }();
  const Given* given = find(id);
  return given ? given->value : standards[static_cast<std::size_t>(id)];
}

}  // namespace config
