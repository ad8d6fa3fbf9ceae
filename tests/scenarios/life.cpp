#include "life.hpp"

#include <gtest/gtest.h>

#include "given.hpp"
#include "promises.hpp"
#include "text.hpp"

namespace scenarios {
namespace {

constexpr int most_decisions_at_one_instant = 20;

}  // namespace

Life::Life(core::Settings settings, directory::Content volume)
    : settings_(std::move(settings)), volume_(std::move(volume)) {
  facts_.server_major = image_major;
  look();
}

Life& Life::peer(std::uint32_t ordinal, peer::Answer answer, Duration from) {
  peers_[Ordinal{ordinal}].insert_or_assign(Instant{from}, answer);
  return *this;
}

Life& Life::next(LongKind kind, Course course) {
  courses_[kind].push_back(std::move(course));
  return *this;
}

Life& Life::server(ServerCourse course) {
  server_course_ = course;
  return *this;
}

Life& Life::wal_room(core::WalRoom room) {
  facts_.wal_room = room;
  return *this;
}

Life& Life::wal_room_at(Duration when, core::WalRoom running, core::WalRoom down) {
  after(when, [this, running, down] {
    facts_.wal_room = std::holds_alternative<server::Running>(facts_.server) ? running : down;
  });
  return *this;
}

Life& Life::signal(Duration when, int number) {
  after(when - now(), [this, number] {
    if (number == SIGHUP) {
      facts_.reload = true;
      return;
    }
    const StopMode mode = number == SIGQUIT ? StopMode::immediate : StopMode::well;
    if (!facts_.stop) {
      facts_.stop = core::StopRequest{.mode = mode, .signal = number, .at = facts_.now};
    }
    if (mode == StopMode::immediate) facts_.stop->mode = mode;
  });
  return *this;
}

Life& Life::server_dies(Duration when, core::ExitStatus status) {
  after(when - now(), [this, status] { server_ends(status, {}); });
  return *this;
}

void Life::after(Duration delay, std::function<void()> happens) {
  happenings_.emplace(facts_.now + delay, Happening{generation_, std::move(happens)});
}

Life& Life::play_until(Duration end) {
  while (step(end)) {
  }
  return *this;
}

bool Life::step(Duration end) {
  if (exit_) return false;
  if (!due_ && !advance(Instant{end})) return false;
  if (++decisions_now_ > most_decisions_at_one_instant) {
    ADD_FAILURE() << "decisions turn in circles:\n" << story();
    return false;
  }
  due_ = false;
  ++decisions_;
  core::Decision decision = core::decide(settings_, memory_, facts_);
  for (const std::string& broken : broken_promises({settings_, memory_, facts_, decision})) {
    ADD_FAILURE() << "at " << to_text(facts_.now) << " " << broken << "\n" << story();
  }
  if (decision.reason != reason_ || !decision.actions.empty()) {
    told_.push_back({facts_.now, decision.reason, decision.actions});
  }
  reason_ = decision.reason;
  wake_ = decision.wake;
  facts_.finished.reset();
  if (core::reloads(decision)) facts_.reload = false;
  memory_ = std::move(decision.next);
  for (const core::Action& action : decision.actions)
    perform(action);
  return true;
}

/// To the next instant at which something happens or the wake is due.
bool Life::advance(Instant end) {
  std::erase_if(happenings_, [this](const auto& it) { return it.second.generation < generation_; });
  const auto first = happenings_.begin();
  const bool happens = first != happenings_.end() && (!wake_ || first->first <= *wake_);
  if (!happens && !wake_) return false;
  const Instant when = happens ? first->first : *wake_;
  if (when > end) return false;
  if (when > facts_.now) decisions_now_ = 0;
  facts_.now = std::max(facts_.now, when);
  if (!happens) return true;
  const std::function<void()> what = std::move(first->second.happens);
  happenings_.erase(first);
  what();
  return true;
}

Life& Life::killed_and_started_again() {
  ++generation_;
  memory_ = {};
  wake_.reset();
  long_action_.reset();
  exit_.reset();
  reason_ = Reason::count_;
  facts_ = core::Snapshot{.now = facts_.now,
                          .directory = {},
                          .server_major = image_major,
                          .server = {},
                          .finished = {},
                          .peers = {},
                          .stop = {},
                          .passwords_hold = {},
                          .cannot_stream = {},
                          .streams = false};
  look();
  due_ = true;
  return *this;
}

std::string Life::story() const {
  std::string story;
  for (const Told& told : told_) {
    story += to_text(told.at) + " " + std::string(core::to_text(told.reason));
    if (!told.actions.empty()) story += ": " + to_text(told.actions);
    story += '\n';
  }
  return story;
}

std::vector<Duration> Life::times_of(const std::string& action) const {
  std::vector<Duration> times;
  for (const Told& told : told_) {
    for (const core::Action& done : told.actions) {
      if (to_text(done) == action) times.push_back(told.at.time_since_epoch());
    }
  }
  return times;
}

}  // namespace scenarios
