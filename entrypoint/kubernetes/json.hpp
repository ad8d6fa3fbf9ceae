#pragma once

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "kubernetes/event.hpp"
#include "kubernetes/lease.hpp"

/// The API's objects and their JSON texts; the one place that knows Boost.JSON.
namespace kubernetes {

/// The error says what is wrong with the text.
[[nodiscard]] std::expected<Lease, std::string> lease_of(std::string_view text);
[[nodiscard]] std::string text_of(const Lease& lease, std::string_view name_space);

/// The API's Status object.
struct Status {
  int code = 0;
  std::string reason = {};
  std::string message = {};
};
/// Empty fields where the text is none (a proxy's page).
[[nodiscard]] Status status_of(std::string_view text);

/// One line of a watch.
struct EventText {
  std::string type = {};              ///< ADDED, MODIFIED, DELETED, BOOKMARK, ERROR
  std::string object = {};            ///< its JSON text
  std::string resource_version = {};  ///< of the object
};
[[nodiscard]] std::optional<EventText> event_of(std::string_view line);

/// A merge patch that sets these labels; nothing as a value takes the label off.
[[nodiscard]] std::string labels_patch(
    const std::map<std::string, std::optional<std::string>>& labels);
/// The server makes the object's name.
[[nodiscard]] std::string text_of(const Event& event, std::string_view name_space);

}  // namespace kubernetes
