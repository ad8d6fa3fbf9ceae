#include "http/history_text.hpp"

#include <cmath>

#include <boost/json.hpp>

#include "http/fields.hpp"

namespace http {

namespace json = boost::json;

std::string to_text(const History& history) {
  json::array events;
  for (const RoleEvent& each : history.events) {
    json::object event{{"at", each.at}, {"role", each.role}, {"reason", each.reason}};
    if (!each.text.empty()) event["text"] = each.text;
    events.push_back(std::move(event));
  }
  json::object object{{"version", 1}, {"pod", history.pod}};
  object["events"] = std::move(events);
  object["cut"] = history.cut;
  if (history.last_outage)
    object["last_outage_seconds"] = std::chrono::duration<double>(*history.last_outage).count();
  return json::serialize(object) + "\n";
}

std::expected<History, std::string> parse_history(std::string_view text) {
  return read_object<History>(text, [](Fields& fields) {
    History history{.pod = fields.text("pod", longest_text), .cut = fields.flag("cut")};
    for (Fields& each : fields.objects("events")) {
      RoleEvent event{.at = each.text("at", longest_text),
                      .role = each.text("role", longest_text),
                      .reason = each.text("reason", longest_text)};
      if (each.has("text")) event.text = each.text("text", longest_text);
      history.events.push_back(std::move(event));
    }
    if (fields.has("last_outage_seconds"))
      history.last_outage =
          std::chrono::milliseconds(std::llround(fields.decimal("last_outage_seconds") * 1000));
    return history;
  });
}

}  // namespace http
