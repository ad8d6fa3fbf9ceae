#include <boost/json.hpp>

#include "http/control.hpp"
#include "http/fields.hpp"

namespace http {

namespace {

namespace json = boost::json;

struct PutOrder {
  json::object& into;
  void operator()(const Switchover& switchover) const {
    into["order"] = "switchover";
    if (switchover.to) into["successor"] = switchover.to->text;
    into["dry_run"] = switchover.dry_run;
  }
  void operator()(const Failover& failover) const {
    into["order"] = "failover";
    into["pod"] = failover.pod.text;
  }
  void operator()(const Pause& pause) const { into["order"] = pause.on ? "pause" : "resume"; }
  void operator()(const Reload&) const { into["order"] = "reload"; }
  void operator()(const Restart& restart) const {
    into["order"] = "restart";
    into["if_pending"] = restart.if_pending;
  }
  void operator()(const Reinit& reinit) const {
    into["order"] = "reinit";
    if (reinit.pod) into["pod"] = reinit.pod->text;
  }
};

}  // namespace

std::string to_text(const Order& order) {
  json::object object;
  std::visit(PutOrder{object}, order);
  return json::serialize(object);
}

std::expected<Order, std::string> parse_order(std::string_view text) {
  return read_object<Order>(text, [](Fields& fields) -> Order {
    const std::string order = fields.text("order", longest_text);
    if (order == "switchover")
      return Switchover{.to = fields.pod_if_there("successor"), .dry_run = fields.flag("dry_run")};
    if (order == "failover") return Failover{.pod = fields.pod("pod")};
    if (order == "pause" || order == "resume") return Pause{.on = order == "pause"};
    if (order == "reload") return Reload{};
    if (order == "restart") return Restart{.if_pending = fields.flag("if_pending")};
    if (order == "reinit") return Reinit{.pod = fields.pod_if_there("pod")};
    fields.complain("order", "is no order that this version knows");
    return {};
  });
}

std::string to_text(const Said& said) {
  return json::serialize(
      json::object{{"accepted", said.accepted}, {"goes_on", said.goes_on}, {"text", said.text}});
}

std::expected<Said, std::string> parse_said(std::string_view text) {
  return read_object<Said>(text, [](Fields& fields) {
    return Said{.accepted = fields.flag("accepted"),
                .text = fields.text("text", longest_text),
                .goes_on = fields.has("goes_on") && fields.flag("goes_on")};
  });
}

}  // namespace http
