#include "kubernetes/json.hpp"

#include <boost/json.hpp>

namespace kubernetes {

namespace {

namespace json = boost::json;

std::optional<json::object> object_of(std::string_view text) {
  boost::system::error_code error;
  json::value value = json::parse(text, error);
  if (error || !value.is_object()) return {};
  return std::move(value.get_object());
}

const json::object* member(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(name);
  return found == nullptr ? nullptr : found->if_object();
}

// Nothing, null and a value of another kind are all an empty text: the API server checks kinds.
std::string text(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(name);
  const json::string* value = found == nullptr ? nullptr : found->if_string();
  return value == nullptr ? std::string{} : std::string(value->data(), value->size());
}

int number(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(name);
  if (found == nullptr || !found->is_int64()) return 0;
  return static_cast<int>(found->get_int64());
}

// A field that is empty is left out: the API has no empty times or holders.
void put(json::object& into, std::string_view name, const std::string& value) {
  if (value.empty())
    into.erase(name);
  else
    into[name] = value;
}

json::object& object_in(json::object& into, std::string_view name) {
  json::value& value = into[name];
  return value.is_object() ? value.get_object() : value.emplace_object();
}

}  // namespace

std::expected<Lease, std::string> lease_of(std::string_view whole) {
  const auto object = object_of(whole);
  if (!object) return std::unexpected("the answer is no JSON object");
  const json::object* metadata = member(*object, "metadata");
  if (text(*object, "kind") != "Lease" || metadata == nullptr)
    return std::unexpected("the answer is no Lease but \"" + text(*object, "kind") + "\"");
  Lease lease{.name = text(*metadata, "name"),
              .uid = text(*metadata, "uid"),
              .resource_version = text(*metadata, "resourceVersion")};
  if (lease.uid.empty() || lease.resource_version.empty())
    return std::unexpected("the Lease in the answer has no uid or no resourceVersion");
  if (const json::object* annotations = member(*metadata, "annotations")) {
    for (const auto& each : *annotations)
      lease.annotations[std::string(each.key())] = text(*annotations, each.key());
  }
  if (const json::object* spec = member(*object, "spec")) {
    lease.holder_identity = text(*spec, "holderIdentity");
    lease.lease_duration_seconds = number(*spec, "leaseDurationSeconds");
    lease.acquire_time = text(*spec, "acquireTime");
    lease.renew_time = text(*spec, "renewTime");
    lease.lease_transitions = number(*spec, "leaseTransitions");
  }
  lease.read_as = whole;
  return lease;
}

std::string text_of(const Lease& lease, std::string_view name_space) {
  json::object object = object_of(lease.read_as).value_or(json::object{});
  object["apiVersion"] = "coordination.k8s.io/v1";
  object["kind"] = "Lease";
  json::object& metadata = object_in(object, "metadata");
  metadata.erase("managedFields");  // the server keeps them itself
  metadata["name"] = lease.name;
  metadata["namespace"] = name_space;
  put(metadata, "uid", lease.uid);
  put(metadata, "resourceVersion", lease.resource_version);
  json::object annotations;
  for (const auto& [name, value] : lease.annotations)
    annotations[name] = value;
  metadata["annotations"] = std::move(annotations);
  json::object& spec = object_in(object, "spec");
  put(spec, "holderIdentity", lease.holder_identity);
  put(spec, "acquireTime", lease.acquire_time);
  put(spec, "renewTime", lease.renew_time);
  // The API server refuses a duration of 0; it may be left out.
  if (lease.lease_duration_seconds > 0)
    spec["leaseDurationSeconds"] = lease.lease_duration_seconds;
  else
    spec.erase("leaseDurationSeconds");
  spec["leaseTransitions"] = lease.lease_transitions;
  return json::serialize(object);
}

Status status_of(std::string_view whole) {
  const auto object = object_of(whole);
  if (!object || text(*object, "kind") != "Status") return {};
  return {.code = number(*object, "code"),
          .reason = text(*object, "reason"),
          .message = text(*object, "message")};
}

std::optional<EventText> event_of(std::string_view line) {
  const auto event = object_of(line);
  const json::object* object = event ? member(*event, "object") : nullptr;
  if (object == nullptr) return {};
  EventText result{.type = text(*event, "type"), .object = json::serialize(*object)};
  if (const json::object* metadata = member(*object, "metadata"))
    result.resource_version = text(*metadata, "resourceVersion");
  return result;
}

std::string labels_patch(const std::map<std::string, std::optional<std::string>>& labels) {
  json::object values;
  for (const auto& [name, value] : labels)
    values[name] = value ? json::value(*value) : json::value(nullptr);
  return json::serialize(json::object{{"metadata", json::object{{"labels", std::move(values)}}}});
}

std::string text_of(const Event& event, std::string_view name_space) {
  constexpr std::size_t longest_message = 1024;  // validation of core/v1 Events
  const json::object pod{{"apiVersion", "v1"},
                         {"kind", "Pod"},
                         {"namespace", name_space},
                         {"name", event.pod},
                         {"uid", event.pod_uid}};
  return json::serialize(json::object{
      {"apiVersion", "v1"},
      {"kind", "Event"},
      {"metadata", json::object{{"generateName", event.pod + "."}, {"namespace", name_space}}},
      {"involvedObject", pod},
      {"type", event.warning ? "Warning" : "Normal"},
      {"reason", event.reason},
      {"message", event.message.substr(0, longest_message)},
      {"source", json::object{{"component", "pgordinal"}}},
      {"firstTimestamp", event.time},
      {"lastTimestamp", event.time},
      {"count", 1}});
}

}  // namespace kubernetes
