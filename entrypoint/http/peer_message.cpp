#include "http/peer_message.hpp"

#include <boost/json.hpp>

#include "http/fields.hpp"

namespace http {

namespace {

namespace json = boost::json;
namespace answer = core::elected::answer;
namespace question = core::elected::question;
using core::elected::HolderId;
using core::elected::LoseData;
using core::elected::Pause;
using core::elected::Position;
using core::elected::SwitchoverRequest;

constexpr std::size_t longest_uid = 253;
constexpr std::size_t longest_status = std::size_t{64} << 10U;
// No lease lasts as long, and no instant plus it overflows.
constexpr auto longest_duration = std::chrono::hours(24);

// Writing.

json::object object_of(const HolderId& holder) {
  return {{"pod_uid", holder.pod_uid}, {"nonce", holder.nonce}};
}

json::object object_of(const Position& position) {
  return {{"system_id", position.system_id.number},
          {"timeline", position.timeline.number},
          {"flushed", core::to_text(position.flushed)}};
}

/// Puts what is asked into the object.
struct PutQuestion {
  json::object& into;
  void operator()(const question::Where&) const { into["ask"] = "where"; }
  void operator()(const question::Promise& promise) const {
    into["ask"] = "promise";
    into["holder"] = object_of(promise.holder);
    into["transitions"] = promise.transitions;
    into["duration_ns"] = promise.duration.count();
  }
  void operator()(const question::Withdraw& withdraw) const {
    into["ask"] = "withdraw";
    into["holder"] = object_of(withdraw.holder);
    into["transitions"] = withdraw.transitions;
    into["number"] = withdraw.number;
  }
  void operator()(const Identify&) const { into["ask"] = "identify"; }
  void operator()(const Show&) const { into["ask"] = "show"; }
  void operator()(const Relay& relay) const { std::visit(*this, relay.command); }
  void operator()(const SwitchoverRequest& switchover) const {
    into["ask"] = "switchover";
    if (switchover.to) into["successor"] = switchover.to->text;
  }
  void operator()(const LoseData&) const { into["ask"] = "failover"; }
  void operator()(const Pause& pause) const { into["ask"] = pause.on ? "pause" : "resume"; }
  void operator()(core::Order order) const {
    into["ask"] = order == core::Order::reinit ? "reinit" : "restart";
  }
};

struct PutAnswer {
  json::object& into;
  void operator()(const answer::Here& here) const {
    into["answer"] = "here";
    if (here.position) into["position"] = object_of(*here.position);
    into["able"] = here.able;
    into["replayed"] = here.replayed;
    into["holds"] = here.holds;
    json::array& history = into["history"].emplace_array();
    for (const core::elected::Fork& fork : here.history) {
      history.push_back(
          json::object{{"timeline", fork.timeline.number}, {"at", core::to_text(fork.at)}});
    }
  }
  void operator()(const answer::Yes&) const { into["answer"] = "yes"; }
  void operator()(const answer::No&) const { into["answer"] = "no"; }
  void operator()(const Identity& identity) const {
    into["answer"] = "identity";
    into["streams"] = identity.streams;
    if (identity.follows) into["follows"] = identity.follows->text;
    if (identity.flushed) into["flushed"] = core::to_text(*identity.flushed);
  }
  void operator()(const Said& said) const {
    into["answer"] = "said";
    into["accepted"] = said.accepted;
    into["text"] = said.text;
  }
  void operator()(const Shown& shown) const {
    into["answer"] = "shown";
    into["text"] = shown.text;
  }
};

// Reading.

core::Lsn lsn(Fields& fields, std::string_view name) {
  const auto parsed = core::parse_lsn(fields.text(name, 17));
  if (!parsed) fields.complain(name, "is no LSN");
  return parsed.value_or(core::Lsn{});
}

HolderId holder(Fields& fields) {
  auto object = fields.object("holder");
  if (!object) return {};
  HolderId read{.pod_uid = object->text("pod_uid", longest_uid), .nonce = object->number("nonce")};
  if (read.pod_uid.empty()) object->complain("pod_uid", "is empty");
  return read;
}

std::optional<Position> position(Fields& fields) {
  if (!fields.has("position")) return {};
  auto object = fields.object("position");
  if (!object) return {};
  return Position{.system_id = {object->number("system_id")},
                  .timeline = {object->number32("timeline")},
                  .flushed = lsn(*object, "flushed")};
}

core::Duration duration(Fields& fields, std::string_view name) {
  constexpr core::Duration highest = longest_duration;
  const core::Duration read{fields.number(name, static_cast<std::uint64_t>(highest.count()))};
  if (read == core::Duration{}) fields.complain(name, "is 0");
  return read;
}

void read_question(Fields& fields, Request& request) {
  const std::string ask = fields.text("ask", longest_text);
  if (ask == "where") {
    request.what = question::Where{};
  } else if (ask == "promise") {
    request.what = question::Promise{.holder = holder(fields),
                                     .transitions = fields.number32("transitions"),
                                     .duration = duration(fields, "duration_ns")};
  } else if (ask == "withdraw") {
    request.what = question::Withdraw{.holder = holder(fields),
                                      .transitions = fields.number32("transitions"),
                                      .number = fields.number("number")};
  } else if (ask == "identify") {
    request.what = Identify{};
  } else if (ask == "show") {
    request.what = Show{};
  } else if (ask == "switchover") {
    request.what = Relay{SwitchoverRequest{.to = fields.pod_if_there("successor")}};
  } else if (ask == "failover") {
    request.what = Relay{LoseData{}};
  } else if (ask == "pause" || ask == "resume") {
    request.what = Relay{Pause{.on = ask == "pause"}};
  } else if (ask == "reinit") {
    request.what = Relay{core::Order::reinit};
  } else if (ask == "restart") {
    request.what = Relay{core::Order::restart};
  } else {
    fields.complain("ask", "is no question that this version knows");
  }
}

answer::Here read_here(Fields& fields) {
  // An older program does not say it, and is taken at its word.
  answer::Here here{.position = position(fields),
                    .able = fields.flag("able"),
                    .replayed = !fields.has("replayed") || fields.flag("replayed"),
                    .holds = fields.flag("holds")};
  for (Fields& fork : fields.objects("history"))
    here.history.push_back({.timeline = {fork.number32("timeline")}, .at = lsn(fork, "at")});
  return here;
}

void read_answer(Fields& fields, Response& response) {
  const std::string kind = fields.text("answer", longest_text);
  if (kind == "here") {
    response.what = read_here(fields);
  } else if (kind == "yes") {
    response.what = answer::Yes{};
  } else if (kind == "no") {
    response.what = answer::No{};
  } else if (kind == "identity") {
    Identity identity{.streams = fields.flag("streams"), .follows = fields.pod_if_there("follows")};
    if (fields.has("flushed")) identity.flushed = lsn(fields, "flushed");
    response.what = std::move(identity);
  } else if (kind == "said") {
    response.what =
        Said{.accepted = fields.flag("accepted"), .text = fields.text("text", longest_text)};
  } else if (kind == "shown") {
    response.what = Shown{.text = fields.text("text", longest_status)};
  } else {
    fields.complain("answer", "is no answer that this version knows");
  }
}

}  // namespace

std::string to_text(const Request& request) {
  json::object object{{"from", request.from.text},
                      {"to", request.to_pod.text},
                      {"data", request.to.number},
                      {"round", request.round}};
  std::visit(PutQuestion{object}, request.what);
  return json::serialize(object);
}

std::string to_text(const Response& response) {
  json::object object{{"from", response.from.pod.text},
                      {"data", response.from.data.number},
                      {"round", response.round}};
  std::visit(PutAnswer{object}, response.what);
  return json::serialize(object);
}

std::expected<Request, std::string> parse_request(std::string_view text) {
  return read_object<Request>(text, [](Fields& fields) {
    Request request{.from = fields.pod("from"),
                    .to_pod = fields.pod("to"),
                    .to = {fields.number("data")},
                    .round = fields.number("round")};
    read_question(fields, request);
    return request;
  });
}

std::expected<Response, std::string> parse_response(std::string_view text) {
  return read_object<Response>(text, [](Fields& fields) {
    Response response{.from = {.pod = fields.pod("from"), .data = {fields.number("data")}},
                      .round = fields.number("round")};
    read_answer(fields, response);
    return response;
  });
}

}  // namespace http
