#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

#include "core/settings.hpp"

/// One line per event to stderr. (`log` itself is a function of <math.h>.)
namespace logs {

using Level = core::LogLevel;

/// A detail of an event. Its value is text or a whole number; never a secret.
struct Field {
  std::string_view key;
  std::string value;
  bool number = false;

  Field(std::string_view name, std::string_view text) : key(name), value(text) {}
  template <std::integral Number>
    requires(!std::same_as<Number, bool>)
  Field(std::string_view name, Number digits)
      : key(name), value(std::to_string(digits)), number(true) {}
  Field(std::string_view name, std::same_as<bool> auto yes)
      : key(name), value(yes ? "true" : "false"), number(true) {}
};

/// How lines look from now on. Until the first call: text, info and above, `pgordinal` without a
/// pod's name. Called by main and again at a reload.
void set_up(const core::LogSettings& settings, std::string_view pod);

/// Writes one line, at once, in the caller's thread; a lower level than set up is dropped. `name`
/// is the event's constant name in snake_case; a field named `reason` has its own place in JSON.
/// Text: `2026-11-21T11:45:36.123Z INFO  pgordinal[pg-0] clone_started: message key=value`
void event(Level level, std::string_view name, std::initializer_list<Field> fields = {},
           std::string_view message = {});

}  // namespace logs
