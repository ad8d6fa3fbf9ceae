#pragma once

#include <concepts>
#include <ostream>
#include <string>

#include "core/decision.hpp"

/// Decisions as text, for stories and for messages of failed expectations.
namespace scenarios {

/// `clone 0 to promote`, `stop fast`, `exit 143`. Deadlines are left out: tests that mean them
/// compare the action.
[[nodiscard]] std::string to_text(const core::Action& action);
[[nodiscard]] std::string to_text_with_deadline(const core::Action& action);
/// `ask 1 2, reload`.
[[nodiscard]] std::string to_text(const std::vector<core::Action>& actions);
/// Seconds since the start of the scenario, `12.500`.
[[nodiscard]] std::string to_text(core::Instant instant);

/// A story as written in a test: without the line break behind R"( and the indentation.
[[nodiscard]] std::string told(const std::string& text);

}  // namespace scenarios

// GoogleTest finds these by the argument's namespace.
namespace core {
void PrintTo(Reason reason, std::ostream* out);
void PrintTo(const Instant& instant, std::ostream* out);
}  // namespace core
namespace core::action {
template <class Deed>
  requires std::constructible_from<Action, Deed>
void PrintTo(const Deed& deed, std::ostream* out) {
  *out << scenarios::to_text_with_deadline(deed);
}
}  // namespace core::action
