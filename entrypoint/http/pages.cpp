#include "http/pages.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "http/metrics.hpp"
#include "http/status_text.hpp"

namespace http {

namespace {

using core::Status;

constexpr auto json_type = "application/json";
constexpr auto npos = std::string_view::npos;

Page line(int status, std::string text) {
  return {.status = status, .body = std::move(text) + "\n"};
}

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

std::string_view query_of(std::string_view target) {
  const auto mark = target.find('?');
  return mark == npos ? std::string_view{} : target.substr(mark + 1);
}

/// Calls `each` with every `name=value` of the query; false ends it.
template <class Each>
void for_each_parameter(std::string_view target, Each each) {
  for (std::string_view rest = query_of(target); !rest.empty();) {
    const std::string_view piece = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), piece.size() + 1));
    const auto equals = piece.find('=');
    const std::string_view value = equals == npos ? std::string_view{} : piece.substr(equals + 1);
    if (!each(piece.substr(0, equals), value)) return;
  }
}

/// Bytes, or a size as PostgreSQL writes it: `1048576`, `1024kB`, `16MB`, `1GB`.
std::optional<std::uint64_t> size_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  unsigned shift = 0;
  for (const std::string_view each : {"", "kB", "MB", "GB", "TB"}) {
    const bool bytes = each.empty() && unit == "B";
    if (unit == each || bytes)
      return number > (UINT64_MAX >> shift) ? std::nullopt : std::optional(number << shift);
    shift += 10;
  }
  return std::nullopt;
}

Page livez(const Status&, std::string_view) {
  // That it was answered is the answer: recovery, clones, the API and other pods do not count.
  return line(200, "ok");
}

Page startupz(const Status& status, std::string_view) {
  // Not the server's start: a clone of hours would have to fit into the probe's threshold.
  return status.decided ? line(200, "ok") : line(503, "pgordinal has not looked at the volume yet");
}

Page readyz(const Status& status, std::string_view target) {
  const core::Readiness ready = core::readiness(status);
  const int code = ready.ok ? 200 : 503;
  if (!parameter(target, "verbose"))
    return line(code, ready.ok ? "ok: " + ready.why : "not ready: " + ready.why);
  std::string text;
  for (const core::Check& check : ready.checks) {
    text += check.ok ? "[+] " : "[-] ";
    text.append(check.name).append(": ").append(check.why).append("\n");
  }
  return line(code, text + (ready.ok ? "readyz: ok" : "readyz: not ready"));
}

Page verdict(const Status& status, bool yes, std::string_view what) {
  const std::string role(status.role ? core::to_text(*status.role) : "no server");
  const std::string is = role + ", " + std::string(core::to_text(status.server));
  return line(yes ? 200 : 503, std::string(what) + (yes ? ": yes (" : ": no (") + is + ")");
}

Page primary(const Status& status, std::string_view) {
  return verdict(status, core::is_primary(status), "primary");
}

Page replica(const Status& status, std::string_view target) {
  std::optional<std::uint64_t> lag;
  bool fits = true;
  std::string wrong;
  for_each_parameter(target, [&](std::string_view name, std::string_view value) {
    if (name == "lag") {
      lag = size_in(value);
      if (!lag) wrong = "lag: expected bytes, or a size such as 16MB";
    } else if (name == "replication_state") {
      fits = fits && value == "streaming" && status.streams.value_or(false);
    } else if (name.starts_with("tag_")) {
      fits = false;  // members have no tags
    }
    return wrong.empty();
  });
  if (!wrong.empty()) return line(400, std::move(wrong));
  return verdict(status, fits && core::is_replica(status, lag), "replica");
}

Page read_only(const Status& status, std::string_view target) {
  if (core::is_primary(status)) return verdict(status, true, "read-only");
  return replica(status, target);
}

Page health(const Status& status, std::string_view) {
  return verdict(status, status.server == core::ServerState::accepting, "health");
}

/// There is no synchronous standby, and no standby cluster, in this version.
Page nobody(const Status& status, std::string_view) {
  return verdict(status, false, "not in this version");
}

Page status_page(const Status& status, std::string_view) {
  return {.status = 200, .body = to_text(status), .content_type = json_type};
}

Page cluster_page(const Status& status, std::string_view) {
  return {.status = 200, .body = cluster_text(status), .content_type = json_type};
}

Page metrics_page(const Status& status, std::string_view) {
  return {.status = 200,
          .body = metrics(status),
          .content_type = "text/plain; version=0.0.4; charset=utf-8"};
}

struct Route {
  std::string_view path;
  Page (*page)(const Status&, std::string_view target);
};

constexpr std::array routes = {
    Route{"/livez", livez},
    Route{"/readyz", readyz},
    Route{"/startupz", startupz},
    Route{"/status", status_page},
    Route{"/cluster", cluster_page},
    Route{"/metrics", metrics_page},
    // As load balancers that were set up for Patroni ask.
    Route{"/", primary},
    Route{"/primary", primary},
    Route{"/master", primary},
    Route{"/read-write", primary},
    Route{"/leader", primary},
    Route{"/replica", replica},
    Route{"/async", replica},
    Route{"/asynchronous", replica},
    Route{"/read-only", read_only},
    Route{"/read-only-sync", primary},
    Route{"/read-only-quorum", primary},
    Route{"/sync", nobody},
    Route{"/synchronous", nobody},
    Route{"/quorum", nobody},
    Route{"/standby-leader", nobody},
    Route{"/health", health},
    Route{"/liveness", livez},
    Route{"/readiness", readyz},
};

}  // namespace

Page show(const Status& status, std::string_view target) {
  const auto route = std::ranges::find(routes, path_of(target), &Route::path);
  return route == routes.end() ? Page{} : route->page(status, target);
}

std::optional<std::string_view> parameter(std::string_view target, std::string_view name) {
  std::optional<std::string_view> found;
  for_each_parameter(target, [&](std::string_view each, std::string_view value) {
    if (each == name) found = value;
    return !found;
  });
  return found;
}

}  // namespace http
