#include "http/fields.hpp"

#include <algorithm>

#include <boost/json.hpp>

namespace http {

namespace {

constexpr std::size_t longest_name = 253;  // of a Kubernetes object (RFC 1123 subdomain)

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  });
}

}  // namespace

void Fields::complain(std::string_view name, std::string_view why) {
  if (wrong_.empty()) wrong_ = '"' + std::string(name) + "\" " + std::string(why);
}

const boost::json::value* Fields::member(std::string_view name) {
  const boost::json::value* found = object_.if_contains(name);
  if (found == nullptr) complain(name, "is missing");
  return found;
}

bool Fields::has(std::string_view name) const {
  const boost::json::value* found = object_.if_contains(name);
  return found != nullptr && !found->is_null();
}

std::uint64_t Fields::number(std::string_view name, std::uint64_t highest) {
  const boost::json::value* found = member(name);
  if (found == nullptr) return 0;
  std::optional<std::uint64_t> number;
  if (found->is_uint64()) number = found->get_uint64();
  if (found->is_int64() && found->get_int64() >= 0)
    number = static_cast<std::uint64_t>(found->get_int64());
  if (!number || *number > highest) {
    complain(name, "is no whole number from 0 to " + std::to_string(highest));
    return 0;
  }
  return *number;
}

std::uint32_t Fields::number32(std::string_view name) {
  return static_cast<std::uint32_t>(number(name, std::numeric_limits<std::uint32_t>::max()));
}

double Fields::decimal(std::string_view name) {
  // What fits into a Duration, with room to spare.
  constexpr double most = 1e9;
  const boost::json::value* found = member(name);
  if (found == nullptr) return 0;
  boost::system::error_code error;
  const auto number = found->to_number<double>(error);
  const bool sensible = number >= -most && number <= most;  // not so for what is no number
  if (error || !sensible) {
    complain(name, "is no number of seconds");
    return 0;
  }
  return number;
}

bool Fields::flag(std::string_view name) {
  const boost::json::value* found = member(name);
  if (found != nullptr && !found->is_bool()) complain(name, "is neither true nor false");
  return found != nullptr && found->is_bool() && found->get_bool();
}

std::string Fields::text(std::string_view name, std::size_t longest) {
  const boost::json::value* found = member(name);
  if (found == nullptr) return {};
  if (!found->is_string() || found->get_string().size() > longest) {
    complain(name, "is no text of at most " + std::to_string(longest) + " bytes");
    return {};
  }
  return {found->get_string().data(), found->get_string().size()};
}

core::PodName Fields::pod(std::string_view name) {
  core::PodName pod{text(name, longest_name)};
  if (!is_name(pod.text)) complain(name, "is no pod's name");
  return pod;
}

std::optional<core::PodName> Fields::pod_if_there(std::string_view name) {
  if (!has(name)) return {};
  return pod(name);
}

std::optional<Fields> Fields::object(std::string_view name) {
  const boost::json::value* found = member(name);
  if (found == nullptr) return {};
  if (!found->is_object()) {
    complain(name, "is no object");
    return {};
  }
  return Fields(found->get_object(), wrong_);
}

std::vector<Fields> Fields::objects(std::string_view name) {
  const boost::json::value* found = member(name);
  std::vector<Fields> all;
  if (found == nullptr) return all;
  const boost::json::array* array = found->if_array();
  if (array == nullptr ||
      !std::ranges::all_of(*array, [](const auto& each) { return each.is_object(); })) {
    complain(name, "is no list of objects");
    return all;
  }
  for (const boost::json::value& each : *array)
    all.emplace_back(each.get_object(), wrong_);
  return all;
}

std::vector<std::string> Fields::texts(std::string_view name, std::size_t longest) {
  const boost::json::value* found = member(name);
  std::vector<std::string> all;
  if (found == nullptr) return all;
  const boost::json::array* array = found->if_array();
  const auto fits = [longest](const boost::json::value& each) {
    return each.is_string() && each.get_string().size() <= longest;
  };
  if (array == nullptr || !std::ranges::all_of(*array, fits)) {
    complain(name, "is no list of texts");
    return all;
  }
  for (const boost::json::value& each : *array)
    all.emplace_back(each.get_string().data(), each.get_string().size());
  return all;
}

std::optional<std::string> read_object(std::string_view text,
                                       const std::function<void(Fields&)>& read) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(text, error);
  if (error) return "no JSON: " + error.message();
  if (!value.is_object()) return "no JSON object";
  std::string wrong;
  Fields fields(value.get_object(), wrong);
  read(fields);
  if (wrong.empty()) return {};
  return wrong;
}

}  // namespace http
