#include "world.hpp"

namespace sim {

using namespace std::chrono_literals;
namespace action = elected::action;

namespace {

std::string_view words(const elected::question::Any& question) {
  constexpr std::array names = {std::string_view{"where"}, std::string_view{"promise"},
                                std::string_view{"withdraw"}};
  return names.at(question.index());
}

std::string_view words(const elected::answer::Any& answer) {
  constexpr std::array names = {std::string_view{"here"}, std::string_view{"yes"},
                                std::string_view{"no"}, std::string_view{"absent"}};
  return names.at(answer.index());
}

}  // namespace

/// One write from its sender to the API server and back.
struct World::Flight {
  int number = 0;
  std::uint32_t life = 0;
  action::WriteLease deed;
  Instant sent;  ///< local
  Sent truly_sent;
  bool ended = false;
};

Duration World::latency() {
  return chance_.one_in(20) ? chance_.milliseconds(5, 200) : chance_.milliseconds(1, 6);
}

bool World::reaches_api(const Pod& pod) const {
  return now_ >= pod.mute_out;
}

bool World::hears_api(const Pod& pod) const {
  return now_ >= pod.mute_in;
}

bool World::reaches(const Pod& from, const Pod& to) const {
  const auto found = cut_.find({from.number, to.number});
  return found == cut_.end() || now_ >= found->second;
}

bool World::happens(Fault fault) {
  const int per_mille = weights_[static_cast<std::size_t>(fault)];
  if (per_mille == 0 || quiet_) return false;
  if (chance_.below(1000) >= static_cast<std::uint64_t>(per_mille)) return false;
  note(fault);
  return true;
}

/// Often within the time in which it is still waited for.
Duration World::late_by() {
  peers_late_ = now_;
  return chance_.one_in(2) ? chance_.milliseconds(300, 1500) : chance_.milliseconds(300, 9000);
}

/// What was late is used, and then nothing more is done: that is where a wrong instant shows.
void World::freezes_behind(int number, Duration takes) {
  const bool has = (swarm_ >> static_cast<unsigned>(Fault::pid1_frozen) & 1) != 0;
  if (!has || !chance_.one_in(8)) return;
  after(takes + 20ms, [this, number] {
    note(Fault::pid1_frozen);
    freeze(at(number), chance_.milliseconds(5000, 20'000), false);
  });
}

void World::act(Pod& pod, const action::WriteLease& deed) {
  check_sent(pod, deed);
  ++counts_.writes;
  const auto flight = std::make_shared<Flight>();
  flight->number = pod.number;
  flight->life = pod.life;
  flight->deed = deed;
  flight->sent = local(pod);
  const auto& challenge = pod.memory.challenge;
  const auto& holding = pod.memory.holding;
  flight->truly_sent = {.when = now_,
                        .deferred = challenge && (challenge->deferred || challenge->replay_awaited),
                        .heard_better = heard_better(pod, deed),
                        .resumed = pod.memory.resumed.has_value(),
                        .lists = holding && holding->phase == elected::Phase::open};
  if (traced_) {
    tell(pod, "sends write " + std::to_string(deed.record.write.number) + " on " +
                  (deed.base ? deed.base->version.text : "nothing") + ", holder " +
                  (deed.record.holder ? deed.record.last.pod.text : "none") + ", transitions " +
                  std::to_string(deed.record.transitions) + ", timeline " +
                  std::to_string(deed.record.timeline.number) + ", candidates " +
                  std::to_string(deed.record.candidates.size()));
  }
  ambush_write(pod, deed.record);
  ambush_renewal(pod);
  queue_.at(real(pod, deed.deadline),
            [this, flight] { end_write(flight, elected::Outcome::unknown, {}); });
  if (now_ < api_down_) {
    after(latency(), [this, flight] { end_write(flight, elected::Outcome::refused, {}); });
    return;
  }
  if (reaches_api(pod) && now_ < pod.refused) {
    const bool slow = pod.ambushed != Pod::Ambushed::no;
    after(slow ? chance_.milliseconds(50, 900) : latency(),
          [this, flight] { end_write(flight, elected::Outcome::refused, {}); });
    return;
  }
  if (!reaches_api(pod) || happens(Fault::write_lost)) return;
  Duration takes = latency();
  if (now_ < api_hangs_ || happens(Fault::write_delayed))
    takes += chance_.milliseconds(500, 25'000);
  if (now_ < pod.writes_late) takes += chance_.milliseconds(4000, 12'000);
  after(takes, [this, flight] { apply_write(flight, false); });
  if (happens(Fault::write_duplicated)) {
    after(takes + chance_.milliseconds(0, 1500), [this, flight] { apply_write(flight, true); });
  }
}

void World::apply_write(const std::shared_ptr<Flight>& flight, bool repeated) {
  const Pod& writer = at(flight->number);
  const Store::Applied applied = store_.apply(flight->deed, now_);
  if (applied.ok) {
    if (traced_)
      tell(writer, "write " + std::to_string(flight->deed.record.write.number) + " applied as " +
                       store_.object()->sighting.version.text);
    if (flight->truly_sent.lists && flight->deed.record.holder == writer.settings.self) {
      newest_rate_ = writer.rate;
      lister_ = writer.number;
    }
    if (backs_up_release_ && !flight->deed.record.holder) {
      backs_up_release_ = false;
      backup_ = flight->deed.record;
    }
    check_applied(flight->deed, applied, writer, flight->truly_sent);
    notify_watches();
  }
  const elected::Outcome outcome = applied.ok ? elected::Outcome::done : elected::Outcome::conflict;
  std::optional<elected::Base> written;
  if (applied.ok)
    written = elected::Base{.version = store_.object()->sighting.version,
                            .uid = store_.object()->sighting.uid};
  // The answer to the first of two may be the one that is lost.
  if (!repeated && happens(Fault::answer_lost)) return;
  if (!hears_api(writer)) return;
  const bool delayed = happens(Fault::answer_delayed);
  const Duration takes = delayed ? chance_.milliseconds(200, 1450) : latency();
  if (delayed) freezes_behind(flight->number, takes);
  after(takes, [this, flight, outcome, written] { end_write(flight, outcome, written); });
}

void World::end_write(const std::shared_ptr<Flight>& flight, elected::Outcome outcome,
                      std::optional<elected::Base> written) {
  Pod& pod = at(flight->number);
  if (flight->ended || pod.life != flight->life) return;
  flight->ended = true;
  if (outcome == elected::Outcome::done) pod.last_applied = flight->sent;
  if (traced_) {
    tell(pod, "write " + std::to_string(flight->deed.record.write.number) +
                  " ends: " + std::to_string(static_cast<int>(outcome)));
  }
  pod.facts.writes_ended.push_back({.number = flight->deed.record.write.number,
                                    .outcome = outcome,
                                    .at = local(pod),
                                    .written = std::move(written)});
  decide_soon(pod.number);
}

void World::act(Pod& pod, const action::ReadLease& deed) {
  const Instant asked = local(pod);
  const int number = pod.number;
  const std::uint32_t life = pod.life;
  const auto ended = std::make_shared<bool>(false);
  const auto fails = [this, number, life, ended] {
    Pod& then = at(number);
    if (*ended || then.life != life) return;
    *ended = true;
    then.facts.reads_failed.push_back({.at = local(then)});
    decide_soon(number);
  };
  queue_.at(real(pod, deed.deadline), fails);
  if (now_ < api_down_) return after(latency(), fails);
  if (!reaches_api(pod) || now_ < api_hangs_) return;
  const Duration late = ambush_read(pod);
  after(latency(), [this, number, life, ended, asked, late] {
    elected::LeaseSeen seen{.source = elected::Source::quorum, .asked = asked};
    if (store_.object()) seen.sighting = store_.object()->sighting;
    if (!hears_api(at(number))) return;
    after(latency() + late, [this, number, life, ended, seen = std::move(seen)] {
      if (*ended) return;
      *ended = true;
      show(number, life, seen);
    });
  });
}

void World::show(int number, std::uint32_t life, elected::LeaseSeen seen) {
  Pod& pod = at(number);
  if (!pod.alive || pod.life != life) return;
  seen.at = local(pod);
  pod.facts.seen.push_back(std::move(seen));
  decide_soon(number);
}

void World::notify_watches() {
  for (const Pod& pod : pods_) {
    if (!pod.alive || !hears_api(pod) || now_ < api_hangs_ || now_ < api_down_) continue;
    if (happens(Fault::watch_lost)) continue;
    elected::LeaseSeen seen{.source = elected::Source::cached};
    if (store_.object()) seen.sighting = store_.object()->sighting;
    if (!store_.object()) seen.deleted = store_.past().back();
    // Reordered with others, where one takes longer than the next.
    after(latency(), [this, number = pod.number, life = pod.life, seen = std::move(seen)] {
      show(number, life, seen);
    });
  }
}

/// The slow poll behind the watch; from a cache, which may be behind.
void World::poll_cache(int number) {
  Pod& pod = at(number);
  const std::uint32_t life = pod.life;
  after(chance_.milliseconds(8000, 12'000), [this, number, life] {
    if (at(number).life == life) poll_cache(number);
  });
  if (!reaches_api(pod) || !hears_api(pod) || now_ < api_down_ || now_ < api_hangs_) return;
  elected::LeaseSeen seen{.source = elected::Source::cached};
  if (store_.object()) seen.sighting = store_.object()->sighting;
  if (!store_.past().empty() && happens(Fault::stale_read)) {
    seen.sighting = store_.past()[chance_.below(store_.past().size())];
  }
  after(latency(), [this, number, life, seen = std::move(seen)] { show(number, life, seen); });
}

void World::act(Pod& pod, const action::Ask& deed) {
  for (const elected::Member& whom : deed.whom) {
    if (traced_) {
      tell(pod, "asks " + whom.pod.text + " in round " + std::to_string(deed.round) + ": " +
                    std::string(words(deed.question)));
    }
    Pod& to = at(routed(whom.pod.text));
    if (!reaches(pod, to)) continue;
    const std::uint64_t ticket = ++last_ticket_;
    open_tickets_[ticket] = {
        .asker = pod.number, .life = pod.life, .to = whom.data, .round = deed.round};
    const Duration takes = happens(Fault::peer_delayed) ? late_by() : latency();
    after(takes, [this, number = to.number, ticket, data = whom.data, question = deed.question] {
      Pod& asked = at(number);
      if (!asked.alive) return;
      asked.facts.questions.push_back({.ticket = ticket, .to = data, .question = question});
      decide_soon(number);
    });
  }
}

void World::act(Pod& pod, const action::Answer& deed) {
  const auto found = open_tickets_.find(deed.ticket);
  if (found == open_tickets_.end()) return;
  const Ticket ticket = found->second;
  open_tickets_.erase(found);
  if (traced_) {
    tell(pod, "answers " + at(ticket.asker).settings.pod.text + " in round " +
                  std::to_string(ticket.round) + ": " + std::string(words(deed.answer)));
  }
  if (!reaches(pod, at(ticket.asker))) return;
  const elected::Member from{.pod = pod.settings.pod,
                             .data = pod.disk.data_id.value_or(elected::DataId{})};
  const bool delayed = happens(Fault::peer_delayed);
  const Duration takes = (delayed ? late_by() : latency()) + ambush_answer(at(ticket.asker));
  if (delayed) freezes_behind(ticket.asker, takes);
  after(takes, [this, ticket, from, given = deed.answer, copy = pod.disk.copy] {
    Pod& asker = at(ticket.asker);
    if (!asker.alive || asker.life != ticket.life) return;
    const auto* here = std::get_if<elected::answer::Here>(&given);
    if (here != nullptr && here->able && !asker.frozen)
      asker.heard[from] = {.round = ticket.round, .copy = copy};
    asker.facts.answers.push_back({.from = from,
                                   .to = ticket.to,
                                   .round = ticket.round,
                                   .answer = given,
                                   .at = local(asker)});
    decide_soon(asker.number);
  });
}

}  // namespace sim
