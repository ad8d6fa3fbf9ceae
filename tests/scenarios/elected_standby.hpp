#pragma once

#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/elected/decision.hpp"

namespace core::elected::scenarios {

using namespace std::chrono_literals;

inline const HolderId holder{.pod_uid = "uid-of-pg-0", .nonce = 1};
inline const Member holder_member{.pod = {"pg-0"}, .data = {10}};
inline const Member own{.pod = {"pg-1"}, .data = {11}};
inline const Position own_position{.system_id = {7}, .timeline = {3}, .flushed = {5000}};

inline Record held() {
  Record record;
  record.holder = holder;
  record.last = holder_member;
  record.transitions = 5;
  record.duration = 10s;
  record.system_id = SystemId{7};
  record.timeline = {3};
  record.candidates = {own};
  record.write = {.writer = holder, .number = 9};
  return record;
}

inline Record released(std::uint64_t final_position) {
  Record record = held();
  record.holder.reset();
  record.final = Lsn{final_position};
  record.successor = own.pod;
  record.candidates = {holder_member, own};
  return record;
}

/// The pod pg-1, a standby that runs, has the volume's lock, and sees the Lease.
class Standby {
 public:
  Standby() {
    settings_.self = {.pod_uid = "uid-of-pg-1", .nonce = 2};
    settings_.pod = own.pod;
    settings_.ordinal = {1};
    settings_.peers = {PodName{"pg-0"}, PodName{"pg-2"}};
    facts_.volume.content =
        directory::Cluster{.version = "17",
                           .control = {.system_id = {7},
                                       .state = directory::State::in_archive_recovery,
                                       .timeline = {3},
                                       .checkpoint = {},
                                       .min_recovery = {}},
                           .standby_signal = true};
    facts_.volume.locked = true;
    facts_.volume.data_id = own.data;
    facts_.volume.position = own_position;
    facts_.volume.replayed = true;
    facts_.volume.transitions = 5;
    facts_.volume.claimed = {3};
    facts_.server = {
        .state =
            core::server::Running{.role = Role::standby, .phase = ServerPhase::ready, .since = {}},
        .answers = true,
        .streams = true,
        .follows = PodName{"pg-0"}};
  }

  Facts& facts() { return facts_; }
  Standby& at(Duration when) {
    facts_.now = Instant{1000s} + when;
    return *this;
  }
  Standby& sees(Record record, std::string version = "v1") {
    facts_.seen.push_back(
        {.source = Source::quorum,
         .asked = facts_.now,
         .at = facts_.now,
         .sighting =
             Sighting{.record = std::move(record), .version = {std::move(version)}, .uid = {"u"}},
         .deleted = {}});
    return *this;
  }
  /// An empty volume, and no server.
  Standby& empty() {
    facts_.volume = {.content = directory::Empty{}, .locked = true};
    facts_.server = {};
    return *this;
  }
  /// The Lease is missing; what it said last is not shown.
  Standby& misses() {
    facts_.seen.push_back({.source = Source::quorum,
                           .asked = facts_.now,
                           .at = facts_.now,
                           .sighting = std::nullopt,
                           .deleted = {}});
    return *this;
  }
  /// To the round that was asked last.
  Standby& answers(std::string_view pod, answer::Any answer, DataId data = {}) {
    facts_.answers.push_back({.from = {.pod = {std::string(pod)}, .data = data},
                              .round = memory_.last_round,
                              .answer = std::move(answer),
                              .at = facts_.now});
    return *this;
  }
  Standby& ends(std::uint64_t number, Outcome outcome) {
    facts_.writes_ended.push_back({.number = number,
                                   .outcome = outcome,
                                   .at = facts_.now,
                                   .written = Base{.version = {"written"}, .uid = {"u"}}});
    return *this;
  }
  Standby& asked(question::Any question, DataId to = own.data) {
    facts_.questions.push_back({.ticket = 1, .to = to, .question = std::move(question)});
    return *this;
  }
  Standby& finishes(Work work, bool ok) {
    facts_.finished = WorkEnded{.work = work, .ok = ok};
    return *this;
  }
  Reason decides() {
    decision_ = decide(settings_, std::move(memory_), facts_);
    memory_ = std::move(decision_.next);
    facts_.seen.clear();
    facts_.writes_ended.clear();
    facts_.questions.clear();
    facts_.answers.clear();
    facts_.finished.reset();
    return decision_.reason;
  }
  template <class Deed>
  const Deed* deed() const {
    for (const action::Any& each : decision_.actions) {
      if (const auto* found = std::get_if<Deed>(&each)) return found;
    }
    return nullptr;
  }
  const std::vector<action::Any>& deeds() const { return decision_.actions; }
  std::optional<Instant> wake() const { return decision_.wake; }
  bool says_yes() const {
    const auto* answer = deed<action::Answer>();
    return answer != nullptr && std::holds_alternative<answer::Yes>(answer->answer);
  }

 private:
  Settings settings_;
  Facts facts_;
  Memory memory_;
  Decision decision_;
};

inline Position on_timeline_4() {
  return {.system_id = {7}, .timeline = {4}, .flushed = {6000}};
}

/// pg-1 took over at 10 s and is open, on timeline 4, at 10.3 s; `streams` streams from it.
inline Standby opened(const std::vector<Member>& streams) {
  Standby pod;
  pod.at(0s).sees(held()).decides();
  pod.at(10s).decides();
  pod.at(10100ms).ends(1, Outcome::done).decides();
  EXPECT_EQ(pod.at(10200ms).ends(2, Outcome::done).decides(), Reason::promotes);
  pod.facts().server = {
      .state =
          core::server::Running{.role = Role::primary, .phase = ServerPhase::ready, .since = {}},
      .answers = true};
  pod.facts().volume.position = on_timeline_4();
  for (const Member& member : streams)
    pod.facts().standbys.push_back({.member = member, .position = on_timeline_4()});
  pod.at(10300ms).finishes(Work::promote, true).decides();
  EXPECT_EQ(pod.decides(), Reason::serving);
  return pod;
}

inline const question::Promise a_promise{.holder = holder, .transitions = 5, .duration = 10s};

}  // namespace core::elected::scenarios
