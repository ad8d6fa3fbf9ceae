#include "core/order.hpp"

#include "core/parts.hpp"

namespace core {
namespace {

bool accepts(const server::Running& running) {
  return running.phase == ServerPhase::ready || running.phase == ServerPhase::standby;
}

/// Why a standby's copy is not given up. S5: only where the primary has all that is in it.
std::optional<std::string> keeps_copy(const Draft& draft, const OrderGiven& order) {
  const ClusterSettings& cluster = draft.settings.cluster;
  if (!has_members(cluster.mode))
    return "cluster.mode is \"standalone\": there is no primary to clone";
  if (draft.is_primary_ordinal()) {
    return cluster.identity->pod().text +
           " is the primary: its data are what the others clone. Run this in a standby's pod";
  }
  const std::string primary = cluster.identity->peer(cluster.primary).text;
  const auto found = draft.facts.peers.find(cluster.primary);
  const bool serves =
      found != draft.facts.peers.end() && std::holds_alternative<peer::Serves>(found->second.value);
  if (!serves || !order.copies) {
    return "the primary " + primary +
           " does not answer, or how far this copy goes cannot be told yet: nothing was changed. "
           "See `pgordinal status`, and try again once this standby streams";
  }
  const rejoin::Chosen chosen = rejoin::choose(*order.copies);
  if (chosen.choice != rejoin::Choice::wait) return std::nullopt;
  return refusal::may_be_newest(chosen.reason);
}

std::optional<std::string> why_not(const Draft& draft, const OrderGiven& order) {
  const auto* running = std::get_if<server::Running>(&draft.facts.server);
  const Memory& memory = draft.next;
  if (draft.facts.stop || memory.refusal || memory.stopping) return refusal::stopping;
  if (memory.ordered) return refusal::other_order;
  if (memory.long_action)
    return "a clone, an initialisation or a promotion runs: wait for its end, `pgordinal status` "
           "shows it";
  if (running == nullptr || memory.replacing) return refusal::not_running;
  if (order.what == Order::reinit) return keeps_copy(draft, order);
  if (!accepts(*running)) return refusal::starting;
  return std::nullopt;
}

}  // namespace

std::string refusal::may_be_newest(rejoin::Reason why) {
  return "this copy may be the newest (" + std::string(rejoin::to_text(why)) +
         "), so it is kept. If the primary's data are right, delete this pod's "
         "PersistentVolumeClaim and the pod: it then clones the primary";
}

bool take_order(Draft& draft) {
  if (!draft.facts.order) return false;
  const OrderGiven& order = *draft.facts.order;
  if (auto why = why_not(draft, order)) {
    draft.first.emplace_back(action::AnswerOrder{.done = false, .text = *std::move(why)});
    return false;
  }
  if (order.copies)
    draft.next.rejoining =
        rejoin::Judged{.facts = *order.copies, .chosen = rejoin::choose(*order.copies)};
  draft.next.ordered = Ordered{.what = order.what, .since = draft.facts.now};
  draft.next.replacing =
      order.what == Order::restart ? Memory::Replacing::restarting : Memory::Replacing::stopping;
  return true;
}

void follow_order(Draft& draft) {
  auto& ordered = draft.next.ordered;
  if (!ordered) return;
  if (const auto& ended = draft.facts.finished; ended && ended->kind == LongKind::clone)
    ordered->failure = ended->ok ? std::string{} : ended->message;
  const auto* running = std::get_if<server::Running>(&draft.facts.server);
  if (running == nullptr) ordered->ended = true;
  if (running == nullptr || !ordered->ended || !accepts(*running)) return;
  const bool reinit = ordered->what == Order::reinit;
  action::AnswerOrder answer{.done = ordered->failure.empty(),
                             .text = reinit ? "the primary was cloned anew, and PostgreSQL serves "
                                              "that copy"
                                            : "PostgreSQL was restarted"};
  if (!answer.done) {
    answer.text = "the clone failed, and the old copy is served again: " + ordered->failure +
                  ". Nothing is lost; try again once that is mended";
  }
  draft.first.emplace_back(std::move(answer));
  ordered.reset();
}

}  // namespace core
