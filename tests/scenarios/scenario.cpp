#include "scenario.hpp"

#include <gtest/gtest.h>

#include "given.hpp"
#include "promises.hpp"
#include "text.hpp"

namespace scenarios {

core::Instant instant(core::Duration since_start) {
  return core::Instant{since_start};
}

Scenario running(core::Settings settings, directory::Cluster found, Role role, ServerPhase phase) {
  Scenario s{std::move(settings)};
  s.at(0s).directory(std::move(found)).server_runs(role, phase);
  return s;
}

Scenario::Scenario(core::Settings settings) : settings_(std::move(settings)) {
  facts_.server_major = image_major;
}

core::Snapshot& Scenario::change() {
  if (decision_) {
    facts_.finished.reset();
    facts_.order.reset();
    if (core::reloads(*decision_)) facts_.reload = false;
    decision_.reset();
  }
  return facts_;
}

const core::Decision& Scenario::decision() {
  if (!decision_) {
    core::Memory before = memory_;
    decision_ = core::decide(settings_, before, facts_);
    for (const std::string& broken : broken_promises({settings_, before, facts_, *decision_})) {
      ADD_FAILURE() << "at " << to_text(facts_.now) << " " << broken;
    }
    memory_ = decision_->next;
  }
  return *decision_;
}

Scenario& Scenario::at(Duration since_start) {
  change().now = instant(since_start);
  return *this;
}

Scenario& Scenario::directory(directory::Content content) {
  change().directory = std::move(content);
  return *this;
}

Scenario& Scenario::server_major(std::string major) {
  change().server_major = std::move(major);
  return *this;
}

Scenario& Scenario::peer(std::uint32_t ordinal, peer::Answer answer) {
  change().peers.insert_or_assign(Ordinal{ordinal},
                                  core::Seen<peer::Answer>{.value = answer, .at = facts_.now});
  return *this;
}

Scenario& Scenario::server_runs(Role role, ServerPhase phase) {
  if (!since_) since_ = facts_.now;
  change().server = server::Running{.role = role, .phase = phase, .since = *since_};
  return *this;
}

Scenario& Scenario::below_primary() {
  std::get<server::Running>(change().server).below_primary = true;
  return *this;
}

Scenario& Scenario::server_ended(core::ExitStatus status, directory::State says) {
  change().server = server::Ended{.status = status};
  if (auto* found = std::get_if<directory::Cluster>(&facts_.directory)) found->control.state = says;
  return *this;
}

Scenario& Scenario::done(LongKind kind) {
  change().finished = core::LongResult{.kind = kind, .ok = true, .exit_code = 0, .message = {}};
  return *this;
}

Scenario& Scenario::failed(LongKind kind, std::string message, int exit_code) {
  change().finished = core::LongResult{
      .kind = kind, .ok = false, .exit_code = exit_code, .message = std::move(message)};
  return *this;
}

Scenario& Scenario::passwords_hold(bool hold) {
  change().passwords_hold = core::Seen<bool>{.value = hold, .at = facts_.now};
  return *this;
}

Scenario& Scenario::cannot_stream(std::optional<core::rejoin::Facts> facts) {
  std::optional<core::Seen<core::rejoin::Facts>> seen;
  if (facts) seen = core::Seen<core::rejoin::Facts>{.value = *std::move(facts), .at = facts_.now};
  change().cannot_stream = std::move(seen);
  return *this;
}

Scenario& Scenario::streams(bool streams) {
  change().streams = streams;
  return *this;
}

Scenario& Scenario::ordered(core::OrderGiven order) {
  change().order = std::move(order);
  return *this;
}

Scenario& Scenario::wal_room(core::WalRoom room) {
  change().wal_room = room;
  return *this;
}

Scenario& Scenario::signal(int number) {
  core::Snapshot& facts = change();
  if (number == SIGHUP) {
    facts.reload = true;
    return *this;
  }
  const StopMode mode = number == SIGQUIT ? StopMode::immediate : StopMode::well;
  if (!facts.stop) facts.stop = core::StopRequest{.mode = mode, .signal = number, .at = facts.now};
  if (mode == StopMode::immediate) facts.stop->mode = mode;
  return *this;
}

Scenario& Scenario::time_passes() {
  const auto wake = decision().wake;
  if (!wake) ADD_FAILURE() << "nothing wakes the loop again";
  if (wake) change().now = *wake;
  return *this;
}

core::Reason Scenario::reason() {
  return decision().reason;
}

std::vector<core::Action> Scenario::actions() {
  return decision().actions;
}

std::string Scenario::does() {
  return to_text(decision().actions);
}

std::optional<core::Duration> Scenario::wake() {
  const auto& wake = decision().wake;
  if (!wake) return std::nullopt;
  return wake->time_since_epoch();
}

const core::Memory& Scenario::memory() {
  (void)decision();
  return memory_;
}

action::Exit Scenario::exit() {
  for (const core::Action& action : decision().actions) {
    if (const auto* exit = std::get_if<action::Exit>(&action)) return *exit;
  }
  ADD_FAILURE() << "no Exit at " << to_text(facts_.now) << ", but: " << does();
  return {.code = -1, .message = {}};
}

}  // namespace scenarios
