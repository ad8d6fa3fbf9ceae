#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace config {

/// Why PostgreSQL's parameter may not be set by the user (a sentence that says what to do), or
/// nothing where it may. Some are refused whatever the value, some for a value under which no
/// standby could follow. `name` in any case.
[[nodiscard]] std::optional<std::string> refused(std::string_view name, std::string_view value);

/// Names as PostgreSQL takes them: identifiers, joined by dots for an extension's.
[[nodiscard]] bool valid_parameter_name(std::string_view name);

/// By its name: an extension's key, a connection string. Its value is not printed.
[[nodiscard]] bool may_hold_a_secret(std::string_view name);

}  // namespace config
