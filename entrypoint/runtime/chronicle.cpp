#include "runtime/chronicle.hpp"

#include <utility>

#include "runtime/clock.hpp"

namespace runtime {

namespace {

constexpr std::size_t most = 100;
constexpr std::string_view down = "down";

/// A server that starts is nothing yet.
std::string_view role_of(const core::server::State& server, std::string_view before) {
  const auto* running = std::get_if<core::server::Running>(&server);
  if (running == nullptr) return down;
  switch (running->phase) {
    case core::ServerPhase::ready:
    case core::ServerPhase::standby:
      return running->role == core::Role::primary ? "primary" : "standby";
    case core::ServerPhase::starting: return down;
    case core::ServerPhase::stopping: return before;
  }
  return down;
}

}  // namespace

void Chronicle::decided(bool deed, std::string_view reason, std::string_view text,
                        const core::server::State& server, core::Instant at) {
  const std::string_view before = changes_.empty() ? down : changes_.back().role;
  const std::string_view role = role_of(server, before);
  if (role != before) {
    // What led to it was decided before it was seen, unless it came by itself.
    if (reason_.empty()) {
      reason_ = reason;
      text_ = text;
    }
    changes_.push_back(
        {.at = at, .role = role, .reason = std::exchange(reason_, {}), .text = std::move(text_)});
    text_.clear();
  }
  if (deed) {
    reason_ = reason;
    text_ = text;
  }
  if (changes_.size() <= most) return;
  changes_.pop_front();
  cut_ = true;
}

http::History Chronicle::history(std::string pod, core::Instant at) const {
  http::History history{.pod = std::move(pod), .cut = cut_};
  for (const Change& each : changes_) {
    history.events.push_back({.at = wall_clock_text(at - each.at),
                              .role = std::string(each.role),
                              .reason = each.reason,
                              .text = each.text});
  }
  return history;
}

}  // namespace runtime
