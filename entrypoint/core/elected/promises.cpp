#include <tuple>

#include "core/elected/parts.hpp"

namespace core::elected {
namespace {

bool is_meant(const Draft& draft, const PeerQuestion& asked) {
  const Volume& volume = draft.facts.volume;
  // A position is told with whose it is.
  if (asked.to == DataId{} || std::holds_alternative<question::Where>(asked.question)) return true;
  if (seeded(Bug::candidates_by_name)) return true;
  return volume.locked && volume.data_id == asked.to;
}

/// Whether our last view is the asker's, and nothing that we sent may yet change it (R25).
bool sees_the_same(const Draft& draft, const HolderId& holder, std::uint32_t transitions) {
  const Memory& memory = draft.next;
  const Record* record = seen_record(draft);
  return record != nullptr && !memory.view.gone && !memory.view.restored && !memory.holding &&
         record->holder == holder && record->transitions == transitions && !takeover_open(memory);
}

answer::Any answer_to(Draft& draft, const question::Where&) {
  const Volume& volume = draft.facts.volume;
  if (unrecorded(draft)) return answer::No{};
  const bool cluster = own_cluster(draft) != nullptr;
  std::optional<Position> position;
  if (volume.claimed > Timeline{}) position = Position{};
  return answer::Here{.position = cluster ? volume.position : position,
                      .able = cluster && volume.data_id && volume.locked && !is_withdrawn(draft) &&
                              !draft.next.work && !draft.next.without_room,
                      .replayed = volume.replayed || seeded(Bug::lower_bound_is_the_position),
                      .holds = holds_in_force(draft.settings, draft.next, draft.now()),
                      .history = volume.history};
}

answer::Any answer_to(Draft& draft, const question::Promise& asked) {
  if (!sees_the_same(draft, asked.holder, asked.transitions)) return answer::No{};
  draft.next.promised = Promised{.holder = asked.holder,
                                 .transitions = asked.transitions,
                                 .until = draft.now() + asked.duration};
  return answer::Yes{};
}

answer::Any answer_to(Draft& draft, const question::Withdraw& asked) {
  if (!sees_the_same(draft, asked.holder, asked.transitions)) return answer::No{};
  withdraw(draft, {.transitions = asked.transitions, .number = asked.number});
  return answer::Yes{};
}

}  // namespace

Member own_member(const Draft& draft) {
  return {.pod = draft.settings.pod, .data = draft.facts.volume.data_id.value_or(DataId{})};
}

bool promise_runs(const Draft& draft) {
  const auto& promised = draft.next.promised;
  if (!promised || draft.now() >= promised->until) return false;
  const Record* record = seen_record(draft);
  const bool released = record != nullptr && !draft.next.view.gone && !draft.next.view.restored &&
                        !record->holder && record->transitions == promised->transitions;
  return !released;
}

bool is_withdrawn(const Draft& draft) {
  return draft.withdraws || draft.facts.volume.withdrawn;
}

void withdraw(Draft& draft, Withdrawal from) {
  for (const auto& before : {draft.facts.volume.withdrawn, draft.withdraws}) {
    if (before &&
        std::tie(before->transitions, before->number) > std::tie(from.transitions, from.number)) {
      from = *before;
    }
  }
  draft.withdraws = from;
  draft.act(action::Withdraw{from});
}

void answer_questions(Draft& draft) {
  for (const PeerQuestion& asked : draft.facts.questions) {
    answer::Any given = answer::No{};
    if (is_meant(draft, asked)) {
      given = std::visit([&](const auto& question) { return answer_to(draft, question); },
                         asked.question);
    }
    draft.act(action::Answer{.ticket = asked.ticket, .answer = std::move(given)});
  }
}

}  // namespace core::elected
