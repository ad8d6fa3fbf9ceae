#include <cmath>

#include "http/fields.hpp"
#include "http/status_text.hpp"

/// The other direction of status_text.cpp: what a member says, as the command `status` needs it.
namespace http {

namespace {

using core::Status;

core::Duration age(Fields& fields, std::string_view name) {
  return std::chrono::milliseconds(std::llround(fields.decimal(name) * 1000));
}

std::optional<core::Duration> age_if_there(Fields& fields, std::string_view name) {
  return fields.has(name) ? std::optional(age(fields, name)) : std::nullopt;
}

std::optional<std::uint64_t> number_if_there(Fields& fields, std::string_view name) {
  return fields.has(name) ? std::optional(fields.number(name)) : std::nullopt;
}

std::optional<std::string> text_if_there(Fields& fields, std::string_view name) {
  return fields.has(name) ? std::optional(fields.text(name, longest_text)) : std::nullopt;
}

core::Lsn lsn(Fields& fields, std::string_view name) {
  const auto read = core::parse_lsn(fields.text(name, longest_text));
  if (!read) fields.complain(name, "is no LSN");
  return read.value_or(core::Lsn{});
}

std::optional<core::Role> role(Fields& fields) {
  if (!fields.has("role")) return std::nullopt;
  const std::string text = fields.text("role", longest_text);
  for (const core::Role each : {core::Role::primary, core::Role::standby}) {
    if (core::to_text(each) == text) return each;
  }
  fields.complain("role", "is no role");
  return std::nullopt;
}

core::Mode mode(Fields& fields) {
  const std::string text = fields.text("mode", longest_text);
  for (const core::Mode each : {core::Mode::standalone, core::Mode::static_primary}) {
    if (core::to_text(each) == text) return each;
  }
  if (text != core::to_text(core::Mode::elected)) fields.complain("mode", "is no mode");
  return core::Mode::elected;
}

core::ServerState state(Fields& fields) {
  const auto read = core::parse_server_state(fields.text("state", longest_text));
  if (!read) fields.complain("state", "is no state of a server");
  return read.value_or(core::ServerState::none);
}

Status::Action action(Fields fields) {
  return {.name = fields.text("name", longest_text),
          .age = age_if_there(fields, "seconds"),
          .done_bytes = number_if_there(fields, "done_bytes"),
          .total_bytes = number_if_there(fields, "total_bytes")};
}

Status::Lease lease(Fields fields) {
  return {.holder = text_if_there(fields, "holder"),
          .age = age(fields, "age_seconds"),
          .remaining = age(fields, "remaining_seconds"),
          .transitions = fields.number32("transitions"),
          .timeline = {fields.number32("timeline")},
          .candidates = fields.texts("candidates", longest_text),
          // An older program does not know of it.
          .paused = fields.has("paused") && fields.flag("paused")};
}

std::vector<Status::Standby> standbys(Fields& fields) {
  std::vector<Status::Standby> all;
  for (Fields& each : fields.objects("standbys")) {
    all.push_back({.pod = each.text("pod", longest_text),
                   .flushed = lsn(each, "lsn"),
                   .lag_bytes = each.number("lag_bytes")});
  }
  return all;
}

Status read_status(Fields& fields) {
  Status status{.pod = fields.text("pod", longest_text),
                .mode = mode(fields),
                .decided = true,
                .server = state(fields),
                .role = role(fields),
                .server_age = age_if_there(fields, "server_seconds"),
                .stopping = fields.flag("stopping")};
  if (fields.has("timeline")) status.timeline = core::Timeline{fields.number32("timeline")};
  if (fields.has("lsn")) status.lsn = lsn(fields, "lsn");
  status.follows = text_if_there(fields, "follows");
  if (fields.has("streams")) status.streams = fields.flag("streams");
  status.lag_bytes = number_if_there(fields, "lag_bytes");
  status.lag_limit = number_if_there(fields, "lag_limit_bytes");
  if (fields.has("standbys")) status.standbys = standbys(fields);
  status.reason = fields.text("reason", longest_text);
  status.reason_age = age(fields, "reason_seconds");
  status.text = text_if_there(fields, "text").value_or("");
  if (fields.has("action")) {
    if (const auto object = fields.object("action")) status.action = action(*object);
  }
  if (fields.has("lease")) {
    if (const auto object = fields.object("lease")) status.lease = lease(*object);
  }
  status.held_for = age_if_there(fields, "held_seconds");
  status.in_force = age_if_there(fields, "in_force_seconds");
  status.waits_for_later = text_if_there(fields, "waits_for_later");
  status.server_starts = fields.number("server_starts");
  status.promotions = fields.number("promotions");
  status.orphans_reaped = fields.number("orphans_reaped");
  return status;
}

}  // namespace

std::expected<Status, std::string> parse_status(std::string_view text) {
  return read_object<Status>(text, read_status);
}

std::expected<std::vector<MemberStatus>, std::string> parse_members(std::string_view text) {
  return read_object<std::vector<MemberStatus>>(text, [](Fields& fields) {
    std::vector<MemberStatus> members;
    for (Fields& each : fields.objects("members")) {
      MemberStatus member{.pod = each.text("pod", longest_text), .status = {}};
      if (each.has("error"))
        member.status = std::unexpected(each.text("error", longest_text));
      else
        member.status = read_status(each);
      members.push_back(std::move(member));
    }
    return members;
  });
}

}  // namespace http
