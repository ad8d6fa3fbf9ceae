#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/keys.hpp"
#include "config/problem.hpp"
#include "config/values.hpp"

namespace config {

/// A value and where it was given.
struct Given {
  Value value;
  Place place;
};

/// What the user gave, layer over layer: the file is read first, the environment then overwrites.
/// Owned by one load(). A key whose value was a mistake is remembered as bad, so that no second
/// message follows from the first mistake.
class GivenSettings {
 public:
  /// Checks `text` against the key's row.
  void set_text(const Key& row, std::string_view text, Place place);
  void set(const Key& row, Value value, Place place);
  void set_parameter(const std::string& name, std::string value,
                     Place place);  ///< checks the name and our refusals
  /// Adds the problem; a problem at `row` makes its key bad.
  void mistake(Problem problem);
  void mistake(const Key& row, const Place& place, std::string found, std::string remedy = {});
  void file_unreadable() { file_unreadable_ = true; }

  [[nodiscard]] const Given* find(Id id) const;  ///< nullptr where the default holds
  /// Whether what follows from this key may be checked.
  [[nodiscard]] bool known(Id id) const;
  /// The given value or the default's.
  [[nodiscard]] const Value& value(Id id) const;
  [[nodiscard]] const std::map<std::string, Given>& parameters() const { return parameters_; }
  [[nodiscard]] std::vector<Problem>& problems() { return problems_; }

 private:
  std::array<std::optional<Given>, key_count> given_;
  std::array<bool, key_count> bad_{};
  std::map<std::string, Given> parameters_;  ///< by lower-case name, as PostgreSQL compares them
  std::vector<Problem> problems_;
  bool file_unreadable_ = false;
};

/// Reads the file's text into `settings`.
void read_file_text(const std::string& path, std::string_view text, GivenSettings& settings);

using Environment =
    std::map<std::string, std::string, std::less<>>;  ///< empty values left out: they mean unset

/// Reads the PGORDINAL_ variables into `settings`.
void read_environment(const Environment& environment, GivenSettings& settings);

/// What a text has to be beyond its type (a pod's name, an address), or nothing where it is.
[[nodiscard]] std::optional<std::string> objection(const Key& row, const Value& value);

/// The known name that was probably meant, or nothing.
[[nodiscard]] std::optional<std::string> nearest(std::string_view name,
                                                 const std::vector<std::string>& known);

}  // namespace config
