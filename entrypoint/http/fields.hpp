#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/identity.hpp"

namespace boost::json {
class object;
class value;
}  // namespace boost::json

namespace http {

/// Reads the members of one JSON object. The first that is missing or not what it should be is kept
/// in words, and what is read after it does not matter.
class Fields {
 public:
  /// `wrong` gets the words; it outlives this.
  Fields(const boost::json::object& object, std::string& wrong) : object_(object), wrong_(wrong) {}

  [[nodiscard]] bool has(std::string_view name) const;
  std::uint64_t number(std::string_view name,
                       std::uint64_t highest = std::numeric_limits<std::uint64_t>::max());
  std::uint32_t number32(std::string_view name);
  double decimal(std::string_view name);
  bool flag(std::string_view name);
  std::string text(std::string_view name, std::size_t longest);
  core::PodName pod(std::string_view name);
  std::optional<core::PodName> pod_if_there(std::string_view name);
  /// Nothing, after a complaint, where it is no object.
  std::optional<Fields> object(std::string_view name);
  std::vector<Fields> objects(std::string_view name);
  std::vector<std::string> texts(std::string_view name, std::size_t longest);

  void complain(std::string_view name, std::string_view why);

 private:
  const boost::json::value* member(std::string_view name);

  const boost::json::object& object_;
  std::string& wrong_;
};

/// Calls `read` with the one JSON object that the text is. The error is one line.
[[nodiscard]] std::optional<std::string> read_object(std::string_view text,
                                                     const std::function<void(Fields&)>& read);

/// What `read` makes of it, where nothing was wrong.
template <class Value, class Read>
std::expected<Value, std::string> read_object(std::string_view text, Read read) {
  Value value;
  const auto wrong = read_object(text, [&](Fields& fields) { value = read(fields); });
  if (wrong) return std::unexpected(*wrong);
  return value;
}

inline constexpr std::size_t longest_text = 4096;  ///< for people

}  // namespace http
