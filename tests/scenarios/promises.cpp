#include "promises.hpp"

#include <algorithm>
#include <optional>

#include "given.hpp"
#include "text.hpp"

namespace scenarios {
namespace {

using Broken = std::optional<std::string>;

template <class Deed>
const Deed* deed_in(const core::Decision& decision) {
  for (const core::Action& action : decision.actions) {
    if (const auto* deed = std::get_if<Deed>(&action)) return deed;
  }
  return nullptr;
}

template <class Fact, class Facts>
bool is(const Facts& facts) {
  return std::holds_alternative<Fact>(facts);
}

bool is_static(const Step& step) {
  return step.settings.cluster.mode == core::Mode::static_primary;
}

bool is_primary_ordinal(const Step& step) {
  return step.settings.cluster.identity->ordinal == step.settings.cluster.primary;
}

bool begins_long_action(const core::Action& action) {
  return is<action::DiscardUnfinished>(action) || is<action::Bootstrap>(action) ||
         is<action::Adopt>(action) || is<action::Clone>(action) || is<action::Promote>(action);
}

bool starts_work(const core::Action& action) {
  return begins_long_action(action) || is<action::StartServer>(action) ||
         is<action::AskPeers>(action) || is<action::EnsureSlot>(action) ||
         is<action::MaintainSlots>(action) || is<action::AssertPasswords>(action) ||
         is<action::Reload>(action) || is<action::MakeReserve>(action);
}

Broken decisions_are_deterministic(const Step& step) {
  if (same(step.decision, core::decide(step.settings, step.before, step.facts))) return {};
  return "a second call with the same arguments decides otherwise";
}

Broken one_long_action_at_a_time(const Step& step) {
  const auto begun = std::ranges::count_if(step.decision.actions, begins_long_action);
  if (begun > 1) return "two long actions begin at once";
  if (begun == 1 && step.before.long_action && !step.facts.finished) {
    return "a long action begins while another runs";
  }
  const bool ran_on = step.before.long_action && !step.facts.finished;
  if (step.decision.next.long_action.has_value() != (begun == 1 || ran_on)) {
    return "the memory of the long action in progress is wrong";
  }
  return {};
}

Broken exit_is_the_only_action(const Step& step) {
  if (deed_in<action::Exit>(step.decision) == nullptr || step.decision.actions.size() == 1) {
    return {};
  }
  return "other actions beside Exit";
}

Broken exit_leaves_no_server_behind(const Step& step) {
  if (deed_in<action::Exit>(step.decision) == nullptr) return {};
  if (is<server::Running>(step.facts.server)) return "Exit while the server runs";
  const bool long_action_runs = step.before.long_action && !step.facts.finished;
  const bool killed = step.before.stopping && step.before.stopping->how == Shutdown::kill;
  if (long_action_runs && !killed) return "Exit while a long action runs that nobody killed";
  return {};
}

Broken exit_code_zero_only_after_a_clean_shut_down(const Step& step) {
  const auto* exit = deed_in<action::Exit>(step.decision);
  if (exit == nullptr || exit->code != 0) return {};
  const auto* ended = std::get_if<server::Ended>(&step.facts.server);
  const auto* found = std::get_if<directory::Cluster>(&step.facts.directory);
  const bool clean = ended != nullptr && ended->status.success() && found != nullptr &&
                     (found->control.state == directory::State::shut_down ||
                      found->control.state == directory::State::shut_down_in_recovery);
  if (clean) return {};
  return "exit code 0 without a clean shut down";
}

Broken a_stop_starts_no_work(const Step& step) {
  if (!step.facts.stop && !step.before.refusal) return {};
  const auto work = std::ranges::find_if(step.decision.actions, starts_work);
  if (work == step.decision.actions.end()) return {};
  return "new work after a stop was asked for: " + to_text(*work);
}

Broken bootstrap_only_where_nobody_holds_a_cluster(const Step& step) {
  if (deed_in<action::Bootstrap>(step.decision) == nullptr) return {};
  if (!is<directory::Empty>(step.facts.directory)) return "initdb on a volume that is not empty";
  if (!is_static(step)) return {};
  if (!is_primary_ordinal(step)) return "initdb on a standby";
  if (step.settings.cluster.clone_from) return "initdb where a peer to clone from is named";
  for (std::uint32_t offset = 1; offset < step.settings.cluster.max_members; ++offset) {
    const auto found = step.facts.peers.find({step.settings.cluster.primary.number + offset});
    if (found == step.facts.peers.end()) return "initdb, but not every peer was asked";
    if (found->second.at + 30s < step.facts.now) return "initdb on an old answer";
    if (found->second.value == peer::Answer{Silence::lookup_failed}) {
      return "initdb, but a peer's name could not be looked up";
    }
  }
  for (const auto& [whom, answer] : step.facts.peers) {
    if (peer::holds_cluster(answer.value)) {
      return "initdb, but peer " + std::to_string(whom.number) + " holds a cluster";
    }
  }
  return {};
}

Broken data_are_never_overwritten(const Step& step) {
  const directory::Content& content = step.facts.directory;
  if (deed_in<action::DiscardUnfinished>(step.decision) != nullptr &&
      !is<directory::Unfinished>(content)) {
    return "data discarded that are not an unfinished bootstrap's";
  }
  const auto* clone = deed_in<action::Clone>(step.decision);
  if (clone == nullptr) return {};
  const auto* copy = std::get_if<directory::Cluster>(&content);
  if (clone->in_place) {
    if (copy == nullptr || !is<server::Ended>(step.facts.server)) return "no copy to be replaced";
    if (is_primary_ordinal(step)) return "the primary's own data would be replaced";
    const auto& chosen = step.before.rejoining;
    using core::rejoin::Choice;
    const auto& ordered = step.before.ordered;
    const bool reinit = ordered && ordered->what == core::Order::reinit;
    if (!chosen ||
        (reinit ? chosen->chosen.choice == Choice::wait : chosen->chosen.choice != Choice::clone))
      return "a copy is replaced that nobody found to be behind";
  } else if (!is<directory::Empty>(content)) {
    return "a clone over what is there";
  }
  const auto answer = step.facts.peers.find(clone->source);
  if (answer == step.facts.peers.end() || !is<peer::Serves>(answer->second.value)) {
    return "a clone of a source that does not serve";
  }
  if (copy != nullptr &&
      std::get<peer::Serves>(answer->second.value).system_id != copy->control.system_id) {
    return "a copy is replaced by one of another cluster";
  }
  if (clone->then_promote != is_primary_ordinal(step)) return "the wrong copy would be promoted";
  return {};
}

Broken writable_only_as_the_primary(const Step& step) {
  if (!is_static(step)) return {};
  if (deed_in<action::Promote>(step.decision) != nullptr && !is_primary_ordinal(step)) {
    return "a promotion on a standby's ordinal";
  }
  const auto* start = deed_in<action::StartServer>(step.decision);
  if (start == nullptr || is_primary_ordinal(step)) return {};
  if (start->role == Role::primary) return "a read-write start on a standby's ordinal";
  if (start->follow != step.settings.cluster.primary) return "a standby that does not follow";
  return {};
}

Broken no_standby_of_a_primary_that_is_known_to_be_foreign(const Step& step) {
  const auto* start = deed_in<action::StartServer>(step.decision);
  const auto* found = std::get_if<directory::Cluster>(&step.facts.directory);
  if (start == nullptr || !start->follow || found == nullptr) return {};
  const auto answer = step.facts.peers.find(*start->follow);
  if (answer == step.facts.peers.end()) return {};
  const auto* serves = std::get_if<peer::Serves>(&answer->second.value);
  if (serves == nullptr || serves->system_id == found->control.system_id) return {};
  return "a standby's server is started, and its primary has said that it is of another cluster";
}

Broken the_empty_say_so_and_nobody_else(const Step& step) {
  const auto* question = deed_in<action::AskPeers>(step.decision);
  if (question == nullptr || question->say_empty == is<directory::Empty>(step.facts.directory))
    return {};
  return "peers are told that the volume is empty, and it is not, or the other way round";
}

Broken settings_change_under_no_long_action(const Step& step) {
  if (!core::reloads(step.decision)) return {};
  if (!step.before.long_action || step.facts.finished) return {};
  return "settings are read again while a long action works with them";
}

Broken only_a_cluster_of_this_major_is_started(const Step& step) {
  if (deed_in<action::StartServer>(step.decision) == nullptr) return {};
  const auto* found = std::get_if<directory::Cluster>(&step.facts.directory);
  if (found == nullptr) return "a start on a directory that holds no finished cluster";
  if (!step.facts.server_major.empty() && step.facts.server_major != found->version) {
    return "a start on another major version's data";
  }
  return {};
}

Broken stops_only_get_harsher_and_kill_comes_last(const Step& step) {
  const auto* stop = deed_in<action::StopServer>(step.decision);
  if (stop == nullptr) return {};
  const auto& before = step.before.stopping;
  const bool first = !before || !is<server::Running>(step.facts.server);
  if (!first && stop->how < before->how) return "a stop gets milder";
  if (!first && stop->how == before->how && stop->how != Shutdown::kill)
    return "a stop asked for twice";
  if (stop->how != Shutdown::kill) return {};
  const bool waited = before && before->how != Shutdown::fast &&
                      (before->how == Shutdown::kill ||
                       step.facts.now - before->since >= step.settings.stop.immediate);
  if (waited) return {};
  return "SIGKILL before the budget of the immediate shutdown ran out";
}

/// The decisions that wait for an event alone; decision.hpp says which.
bool may_sleep(const Step& step) {
  const Reason reason = step.decision.reason;
  if (reason == Reason::long_action_runs) return step.decision.next.long_action.has_value();
  if (reason != Reason::serving_primary && reason != Reason::serving_standby) return false;
  const auto* running = std::get_if<server::Running>(&step.facts.server);
  if (running == nullptr) return false;
  if (!is_static(step)) return true;
  return reason == Reason::serving_standby ? is_primary_ordinal(step)
                                           : running->phase != ServerPhase::ready;
}

Broken every_wait_has_a_next_step(const Step& step) {
  const auto& wake = step.decision.wake;
  if (wake && *wake < step.facts.now) return "a wake in the past";
  const bool acts = !step.decision.actions.empty();
  if (wake && *wake == step.facts.now && !acts)
    return "a wake at once, without having done anything";
  if (wake || acts || may_sleep(step)) return {};
  return "nothing is done and nothing wakes the loop again";
}

struct Promise {
  const char* name;
  Broken (*check)(const Step&);
};

constexpr Promise promises[] = {
    {"decisions are deterministic", decisions_are_deterministic},
    {"one long action at a time", one_long_action_at_a_time},
    {"Exit is the only action", exit_is_the_only_action},
    {"S10: nothing is left running", exit_leaves_no_server_behind},
    {"exit code 0 is a clean shut down", exit_code_zero_only_after_a_clean_shut_down},
    {"a stop starts no work", a_stop_starts_no_work},
    {"S4", bootstrap_only_where_nobody_holds_a_cluster},
    {"S5", data_are_never_overwritten},
    {"S2", writable_only_as_the_primary},
    {"S9", no_standby_of_a_primary_that_is_known_to_be_foreign},
    {"S4", the_empty_say_so_and_nobody_else},
    {"a reload waits for a long action", settings_change_under_no_long_action},
    {"S7, S9", only_a_cluster_of_this_major_is_started},
    {"S10", stops_only_get_harsher_and_kill_comes_last},
    {"L5", every_wait_has_a_next_step},
};

}  // namespace

std::vector<std::string> broken_promises(const Step& step) {
  std::vector<std::string> broken;
  for (const Promise& promise : promises) {
    if (const Broken what = promise.check(step)) {
      broken.push_back(std::string(promise.name) + ": " + *what + " (reason " +
                       std::string(core::to_text(step.decision.reason)) + ", actions " +
                       to_text(step.decision.actions) + ")");
    }
  }
  return broken;
}

bool same(const core::Decision& one, const core::Decision& other) {
  return one.reason == other.reason && one.actions == other.actions && one.next == other.next &&
         one.wake == other.wake;
}

}  // namespace scenarios
