#include "http/status_text.hpp"

#include <boost/json.hpp>

#include "http/fields.hpp"

namespace http {

namespace {

namespace json = boost::json;
using core::Status;

double seconds(core::Duration duration) {
  return static_cast<double>(duration / std::chrono::milliseconds(1)) / 1000;
}

json::array list_of(const std::vector<std::string>& texts) {
  json::array list;
  for (const std::string& text : texts)
    list.emplace_back(text);
  return list;
}

/// Members that are there only where the value is.
class Put {
 public:
  explicit Put(json::object& into) : into_(into) {}
  void text(const char* name, const std::optional<std::string>& value) {
    if (value) into_[name] = *value;
  }
  void number(const char* name, const std::optional<std::uint64_t>& value) {
    if (value) into_[name] = *value;
  }
  void age(const char* name, const std::optional<core::Duration>& value) {
    if (value) into_[name] = seconds(*value);
  }

 private:
  json::object& into_;
};

json::object object_of(const Status::Action& action) {
  json::object object{{"name", action.name}};
  Put put(object);
  put.age("seconds", action.age);
  put.number("done_bytes", action.done_bytes);
  put.number("total_bytes", action.total_bytes);
  return object;
}

json::object object_of(const Status::Lease& lease) {
  json::object object;
  Put(object).text("holder", lease.holder);
  object["age_seconds"] = seconds(lease.age);
  object["remaining_seconds"] = seconds(lease.remaining);
  object["transitions"] = lease.transitions;
  object["timeline"] = lease.timeline.number;
  object["candidates"] = list_of(lease.candidates);
  object["paused"] = lease.paused;
  return object;
}

json::array list_of(const std::vector<Status::Standby>& standbys) {
  json::array list;
  for (const Status::Standby& standby : standbys) {
    list.push_back(json::object{{"pod", standby.pod},
                                {"lsn", core::to_text(standby.flushed)},
                                {"lag_bytes", standby.lag_bytes}});
  }
  return list;
}

json::object object_of(const Status& status) {
  const core::Readiness ready = core::readiness(status);
  json::object object{{"version", status_version},
                      {"pod", status.pod},
                      {"mode", core::to_text(status.mode)},
                      {"state", core::to_text(status.server)}};
  Put put(object);
  if (status.role) object["role"] = core::to_text(*status.role);
  object["ready"] = ready.ok;
  object["ready_why"] = ready.why;
  object["accepts_writes"] = core::is_primary(status);
  object["stopping"] = status.stopping;
  put.age("server_seconds", status.server_age);
  if (status.timeline) object["timeline"] = status.timeline->number;
  if (status.lsn) object["lsn"] = core::to_text(*status.lsn);
  put.text("follows", status.follows);
  if (status.streams) object["streams"] = *status.streams;
  put.number("lag_bytes", status.lag_bytes);
  put.number("lag_limit_bytes", status.lag_limit);
  if (status.standbys) object["standbys"] = list_of(*status.standbys);
  object["reason"] = status.reason;
  object["reason_seconds"] = seconds(status.reason_age);
  if (!status.text.empty()) object["text"] = status.text;
  if (status.action) object["action"] = object_of(*status.action);
  if (status.lease) object["lease"] = object_of(*status.lease);
  put.age("held_seconds", status.held_for);
  put.age("in_force_seconds", status.in_force);
  put.text("waits_for_later", status.waits_for_later);
  object["server_starts"] = status.server_starts;
  object["promotions"] = status.promotions;
  object["orphans_reaped"] = status.orphans_reaped;
  return object;
}

}  // namespace

std::string to_text(const Status& status) {
  return json::serialize(object_of(status)) + "\n";
}

std::string cluster_text(const Status& status) {
  json::array members;
  const auto add = [&members](std::string_view pod, std::string_view role) -> json::object& {
    members.push_back(json::object{{"name", pod}, {"role", role}});
    return members.back().get_object();
  };
  json::object& self = add(status.pod, status.role ? core::to_text(*status.role) : "none");
  self["state"] = core::to_text(status.server);
  if (status.timeline) self["timeline"] = status.timeline->number;
  if (status.lag_bytes) self["lag_bytes"] = *status.lag_bytes;
  std::optional<std::string> primary = status.lease ? status.lease->holder : status.follows;
  if (core::is_primary(status)) primary = status.pod;
  if (primary && *primary != status.pod) add(*primary, "primary");
  if (status.standbys) {
    for (const Status::Standby& standby : *status.standbys) {
      json::object& other = add(standby.pod, "standby");
      other["state"] = "streaming";
      other["lag_bytes"] = standby.lag_bytes;
    }
  }
  json::object cluster{{"version", status_version}, {"pod", status.pod}};
  if (primary) cluster["primary"] = *primary;
  if (status.lease) cluster["lease"] = object_of(*status.lease);
  cluster["members"] = std::move(members);
  return json::serialize(cluster) + "\n";
}

std::string to_text(const std::vector<MemberStatus>& members) {
  json::array list;
  for (const MemberStatus& member : members) {
    if (member.status)
      list.push_back(object_of(*member.status));
    else
      list.push_back(json::object{{"pod", member.pod}, {"error", member.status.error()}});
  }
  return json::serialize(json::object{{"version", status_version}, {"members", std::move(list)}}) +
         "\n";
}

}  // namespace http
