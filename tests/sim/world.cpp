#include "world.hpp"

#include <sstream>

namespace sim {

using namespace std::chrono_literals;
namespace action = elected::action;

namespace {

constexpr std::size_t kept_lines = 20000;

}  // namespace

std::string name_of(int ordinal) {
  return "pg-" + std::to_string(ordinal);
}

World::World(std::uint64_t seed, bool traced) : chance_(seed), traced_(traced) {
  const int pods = chance_.between(3, 5);
  for (int ordinal = 0; ordinal < pods; ++ordinal)
    route_.push_back(make_pod(ordinal).number);
}

Pod& World::make_pod(int ordinal) {
  Pod& pod = pods_.emplace_back();
  pod.number = static_cast<int>(pods_.size()) - 1;
  pod.ordinal = ordinal;
  pod.clock = {.per_million = chance_.between(-1000, 1000),
               .offset = std::chrono::seconds(chance_.between(1, 100'000))};
  pod.wall = pod.clock;
  pod.rate = static_cast<std::uint64_t>(chance_.between(1000, 400'000));
  pod.uid = static_cast<std::uint32_t>(chance_.below(1U << 30));
  return pod;
}

Instant World::local(const Pod& pod) const {
  return (elected::seeded(elected::Bug::wall_clock) ? pod.wall : pod.clock).local(now_);
}

Instant World::real(const Pod& pod, Instant local) const {
  return (elected::seeded(elected::Bug::wall_clock) ? pod.wall : pod.clock).real(local);
}

int World::routed(const std::string& name) const {
  return route_.at(static_cast<std::size_t>(name[3] - '0'));
}

void World::tell(const Pod& pod, const std::string& what) {
  const auto at =
      std::chrono::duration_cast<std::chrono::milliseconds>(now_.time_since_epoch()).count();
  std::ostringstream text;
  text << at / 1000 << "." << (at % 1000 < 100 ? "0" : "") << (at % 1000 < 10 ? "0" : "")
       << at % 1000 << " " << name_of(pod.ordinal) << "#" << pod.number << " " << what;
  trace_.push_back(text.str());
  if (trace_.size() > kept_lines) trace_.pop_front();
}

void World::run(Duration length) {
  const Instant end = Instant{} + length;
  const Instant quiet = Instant{} + length * 3 / 4;
  for (const int number : route_)
    restart_later(number, chance_.milliseconds(0, 3000));
  plan_faults(quiet);
  check_standstill();
  queue_.at(quiet, [this] { heal(); });
  queue_.at(quiet + (end - quiet) * 2 / 3, [this] { check_liveness(false); });
  while (queue_.step(end, now_)) {
  }
  now_ = end;
  check_liveness(true);
}

void World::restart_later(int number, Duration after_delay) {
  after(after_delay, [this, number] {
    if (!pods_[static_cast<std::size_t>(number)].alive) start_process(number);
  });
}

void World::start_process(int number) {
  Pod& pod = pods_.at(static_cast<std::size_t>(number));
  if (pod.gone) return;
  ++pod.life;
  pod.alive = true;
  pod.frozen.reset();
  pod.frozen_all = false;
  pod.frozen_after_decision = false;
  pod.held.clear();
  pod.fence_frozen = false;
  pod.fence.reset();
  pod.last_applied.reset();
  pod.fit_since.reset();
  pod.heard.clear();
  pod.work.reset();
  pod.postgres = Postgres{.life = pod.postgres.life + 1};
  pod.due.reset();
  elected::Settings settings;
  settings.self = {.pod_uid = "u" + std::to_string(pod.uid), .nonce = chance_.next()};
  settings.pod = {name_of(pod.ordinal)};
  settings.ordinal = {static_cast<std::uint32_t>(pod.ordinal)};
  settings.node = "n" + std::to_string(pod.number);
  for (std::size_t ordinal = 0; ordinal < route_.size(); ++ordinal) {
    if (static_cast<int>(ordinal) != pod.ordinal)
      settings.peers.push_back({name_of(static_cast<int>(ordinal))});
  }
  const bool mixed = (swarm_ >> 62 & 1) != 0;
  const bool fast = mixed ? chance_.one_in(2) : (swarm_ >> 61 & 1) != 0;
  settings.timing = fast ? elected::fast_timing() : elected::default_timing();
  settings.lag_limit = 1U << 20;
  settings.stop_fast = 10s;
  pod.settings = std::move(settings);
  const elected::View kept = pod.memory.view;
  pod.memory = elected::Memory{};
  if (elected::seeded(elected::Bug::observation_kept_over_restart)) pod.memory.view = kept;
  pod.facts = elected::Facts{};
  if (traced_) tell(pod, "starts");
  decide_soon(number);
  const std::uint32_t life = pod.life;
  after(chance_.milliseconds(200, 1000), [this, number, life] {
    if (pods_[static_cast<std::size_t>(number)].life == life) look_at_stream(number);
  });
  after(chance_.milliseconds(1000, 9000), [this, number, life] {
    if (pods_[static_cast<std::size_t>(number)].life == life) poll_cache(number);
  });
}

void World::end_process(int number) {
  Pod& pod = pods_.at(static_cast<std::size_t>(number));
  if (!pod.alive) return;
  if (traced_) tell(pod, "its process ends");
  progress(pod);
  for (Pod& other : pods_)
    if (other.alive && other.postgres.streams) stream(other);
  pod.postgres.up = false;
  pod.postgres.writable = false;
  ++pod.postgres.life;
  pod.alive = false;
  pod.frozen.reset();
  pod.frozen_all = false;
  pod.held.clear();
  ++pod.life;
  if (pod.work == elected::Work::rewind || pod.work == elected::Work::clone ||
      pod.work == elected::Work::bootstrap) {
    pod.disk.content = Content::unfinished;
    pod.disk.data_id.reset();
  }
  pod.work.reset();
}

void World::decide_soon(int number, Duration after_delay) {
  Pod& pod = pods_.at(static_cast<std::size_t>(number));
  const Instant when = now_ + after_delay;
  if (!pod.alive || (pod.due && *pod.due <= when)) return;
  pod.due = when;
  const std::uint32_t life = pod.life;
  queue_.at(when, [this, number, life, when] {
    Pod& then = pods_[static_cast<std::size_t>(number)];
    if (then.life != life || then.due != when) return;
    then.due.reset();
    decide(number);
  });
}

void World::decide(int number) {
  Pod& pod = pods_[static_cast<std::size_t>(number)];
  if (!pod.alive || pod.frozen) return;
  observe(pod);
  ++counts_.decisions;
  if (now_ - pod.second_began >= 1s) {
    pod.second_began = now_;
    pod.decisions_in_second = 0;
  }
  if (++pod.decisions_in_second > 400) broken(pod, "L5: decides in circles");
  elected::Decision decision = elected::decide(pod.settings, std::move(pod.memory), pod.facts);
  pod.memory = std::move(decision.next);
  elected::Facts& facts = pod.facts;
  facts.seen.clear();
  facts.reads_failed.clear();
  facts.writes_ended.clear();
  facts.answers.clear();
  facts.questions.clear();
  facts.finished.reset();
  facts.command.reset();
  if (decision.reason != pod.reason || !decision.actions.empty()) {
    pod.reason = decision.reason;
    if (traced_) tell(pod, "decides " + std::string(elected::to_text(decision.reason)));
  }
  if (decision.wake) {
    const Instant when = real(pod, *decision.wake);
    decide_soon(number, std::max<Duration>(when - now_, 100us));
  }
  if (pod.frozen_after_decision && !decision.actions.empty()) {
    pod.frozen_after_decision = false;
    freeze(pod, chance_.milliseconds(2000, 30'000), false);
    if (pod.frozen) {
      pod.held = std::move(decision.actions);
      return;
    }
  }
  perform_all(number, decision.actions);
  spring_ambush(pods_[static_cast<std::size_t>(number)]);
}

/// A deed behind one that failed has an end all the same.
void World::not_performed(Pod& pod, const action::Any& deed) {
  if (traced_) tell(pod, "does not do deed " + std::to_string(deed.index()));
  elected::Facts& facts = pod.facts;
  if (const auto* write = std::get_if<action::WriteLease>(&deed)) {
    facts.writes_ended.push_back({.number = write->record.write.number,
                                  .outcome = elected::Outcome::refused,
                                  .at = local(pod),
                                  .written = {}});
  } else if (std::holds_alternative<action::ReadLease>(deed)) {
    facts.reads_failed.push_back({.at = local(pod)});
  } else if (std::holds_alternative<action::Checkpoint>(deed)) {
    facts.finished = elected::WorkEnded{.work = elected::Work::checkpoint, .ok = false};
  } else if (std::holds_alternative<action::Promote>(deed)) {
    facts.finished = elected::WorkEnded{.work = elected::Work::promote, .ok = false};
  }
  decide_soon(pod.number, 1ms);
}

void World::perform_all(int number, const std::vector<action::Any>& actions) {
  deed_failed_ = false;
  const std::uint32_t life = pods_[static_cast<std::size_t>(number)].life;
  for (const action::Any& deed : actions) {
    Pod& pod = pods_[static_cast<std::size_t>(number)];
    if (pod.life != life) return;
    if (deed_failed_) {
      not_performed(pod, deed);
      continue;
    }
    std::visit([&](const auto& each) { act(pod, each); }, deed);
  }
  deed_failed_ = false;
}

void Counts::add(const Counts& other) {
  for (std::size_t i = 0; i < faults.size(); ++i)
    faults[i] += other.faults[i];
  decisions += other.decisions;
  writes += other.writes;
  take_overs += other.take_overs;
  promotions += other.promotions;
  direct_starts += other.direct_starts;
  initdbs += other.initdbs;
  rewinds += other.rewinds;
  clones += other.clones;
  waits_for_a_person += other.waits_for_a_person;
  failsafe_prolonged += other.failsafe_prolonged;
  given_up_bytes += other.given_up_bytes;
}

}  // namespace sim
