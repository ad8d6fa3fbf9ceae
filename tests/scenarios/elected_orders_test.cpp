#include <gtest/gtest.h>

#include "elected_standby.hpp"

// Elected mode: orders of an operator to the server of one pod.
namespace core::elected::scenarios {
namespace {

using core::action::AnswerOrder;

constexpr Position on_timeline_4{.system_id = {7}, .timeline = {4}, .flushed = {6000}};

void order(Standby& pod, Order what) {
  pod.facts().command = Command{what};
}

Reason decides(Standby& pod) {
  const Reason reason = pod.decides();
  pod.facts().command.reset();
  return reason;
}

/// What was said of the order in the last decision; `(nothing)` where nothing was.
std::string said(const Standby& pod) {
  const auto* answer = pod.deed<AnswerOrder>();
  if (answer == nullptr) return "(nothing)";
  return (answer->done ? "done: " : "refused: ") + answer->text;
}

bool says(const Standby& pod, std::string_view what) {
  return said(pod).find(what) != std::string::npos;
}

void server_ended(Standby& pod, directory::State state) {
  pod.facts().server.state = core::server::Ended{};
  pod.facts().server.streams = false;
  pod.facts().server.answers = false;
  std::get<directory::Cluster>(pod.facts().volume.content).control.state = state;
}

void server_runs(Standby& pod, Role role, ServerPhase phase) {
  pod.facts().server.state = core::server::Running{.role = role, .phase = phase, .since = {}};
  pod.facts().server.answers = true;
}

/// pg-1 took over at 10 s and is open on timeline 4, its first checkpoint done.
Standby primary() {
  Standby pod;
  pod.at(0s).sees(held()).decides();
  pod.at(10s).decides();
  pod.at(10100ms).ends(1, Outcome::done).decides();
  EXPECT_EQ(pod.at(10200ms).ends(2, Outcome::done).decides(), Reason::promotes);
  server_runs(pod, Role::primary, ServerPhase::ready);
  pod.facts().server.streams = false;
  pod.facts().volume.position = on_timeline_4;
  pod.at(10300ms).finishes(Work::promote, true).decides();
  EXPECT_EQ(pod.decides(), Reason::serving);
  pod.at(11300ms).decides();
  pod.at(11400ms).finishes(Work::checkpoint, true).decides();
  return pod;
}

TEST(Orders, APrimaryIsRestartedInPlaceAndKeepsItsLeaseAndItsTimeline) {
  // given
  Standby pod = primary();
  // when
  order(pod, Order::restart);
  // then
  EXPECT_EQ(decides(pod.at(11500ms)), Reason::handover_checkpoint);
  EXPECT_NE(pod.deed<action::Checkpoint>(), nullptr);
  pod.at(11600ms).finishes(Work::checkpoint, true).decides();
  EXPECT_EQ(pod.at(11600ms).decides(), Reason::handover_stop);
  EXPECT_NE(pod.deed<action::StopServer>(), nullptr);
  // when: it takes its time to stop, and the Lease is renewed all the while
  pod.facts().server.answers = false;
  pod.at(12200ms).decides();
  const auto* renewal = pod.deed<action::WriteLease>();
  ASSERT_NE(renewal, nullptr);
  EXPECT_TRUE(renewal->record.holder.has_value()) << "nothing is released";
  pod.at(12300ms).ends(3, Outcome::done).decides();
  server_ended(pod, directory::State::shut_down);
  EXPECT_EQ(pod.at(12400ms).decides(), Reason::restarts_in_place);
  // then: R12
  EXPECT_NE(pod.deed<action::MarkStandby>(), nullptr);
  EXPECT_EQ(pod.at(12400ms).decides(), Reason::starts_as_primary);
  EXPECT_NE(pod.deed<action::SetFence>(), nullptr);
  EXPECT_NE(pod.deed<action::StartPrimary>(), nullptr);
  EXPECT_EQ(pod.deed<action::Promote>(), nullptr);
  // when
  server_runs(pod, Role::primary, ServerPhase::ready);
  pod.at(12900ms).decides();
  // then
  EXPECT_TRUE(says(pod, "done: PostgreSQL was restarted; pg-1 is still the primary")) << said(pod);
}

TEST(Orders, APrimaryThatCannotRenewItsLeaseIsNotRestarted) {
  Standby pod = primary();
  pod.at(12200ms).decides();
  ASSERT_NE(pod.deed<action::WriteLease>(), nullptr);
  pod.at(12300ms).ends(3, Outcome::unknown).decides();
  order(pod, Order::restart);
  (void)decides(pod.at(12400ms));
  EXPECT_TRUE(says(pod, "refused: the Lease cannot be renewed now")) << said(pod);
  EXPECT_EQ(pod.deed<action::StopServer>(), nullptr);
}

TEST(R27, AStopDuringAnOrderedRestartReleasesTheLease) {
  Standby pod = primary();
  order(pod, Order::restart);
  (void)decides(pod.at(11500ms));
  pod.at(11600ms).finishes(Work::checkpoint, true).decides();
  EXPECT_EQ(pod.at(11600ms).decides(), Reason::handover_stop);
  pod.facts().stop = StopRequest{};
  server_ended(pod, directory::State::shut_down);
  pod.at(11700ms).decides();
  pod.at(11700ms).decides();
  const auto* release = pod.deed<action::WriteLease>();
  ASSERT_NE(release, nullptr);
  EXPECT_FALSE(release->record.holder.has_value());
}

TEST(Orders, WhileTheRoleChangesNoRestartBegins) {
  Standby pod = primary();
  order(pod, Order::restart);
  (void)decides(pod.at(11500ms));
  order(pod, Order::restart);
  (void)decides(pod.at(11550ms));
  EXPECT_TRUE(says(pod, "refused: another order")) << said(pod);
}

TEST(Orders, ASwitchoverWaitsForTheEndOfARestart) {
  Standby pod = primary();
  order(pod, Order::restart);
  (void)decides(pod.at(11500ms));
  pod.facts().command = Command{SwitchoverRequest{}};
  (void)decides(pod.at(11550ms));
  const auto* refusal = pod.deed<action::RefuseCommand>();
  ASSERT_NE(refusal, nullptr);
  EXPECT_NE(refusal->why.find("just being restarted"), std::string::npos) << refusal->why;
}

TEST(Orders, AStandbyIsRestartedAtOnce) {
  Standby pod;
  EXPECT_EQ(pod.at(0s).sees(held()).decides(), Reason::following);
  order(pod, Order::restart);
  EXPECT_EQ(decides(pod.at(1s)), Reason::restart_ordered);
  EXPECT_NE(pod.deed<action::StopServer>(), nullptr);
  server_ended(pod, directory::State::shut_down_in_recovery);
  EXPECT_EQ(pod.at(2s).decides(), Reason::starts_as_standby);
  EXPECT_NE(pod.deed<action::StartStandby>(), nullptr);
  server_runs(pod, Role::standby, ServerPhase::ready);
  pod.at(3s).sees(held(), "v2").decides();
  EXPECT_TRUE(says(pod, "done: PostgreSQL was restarted; pg-1 is a standby")) << said(pod);
  EXPECT_EQ(pod.deed<action::StopServer>(), nullptr) << "once";
}

/// The holder's answer to the question that the order led to.
Reason reinits(Standby& pod, Timeline timeline, std::uint64_t flushed) {
  pod.at(0s).sees(held());
  EXPECT_EQ(pod.decides(), Reason::following);
  order(pod, Order::reinit);
  EXPECT_EQ(decides(pod.at(1s)), Reason::reinit_ordered);
  EXPECT_NE(pod.deed<action::Ask>(), nullptr);
  const answer::Here here{
      .position = Position{.system_id = {7}, .timeline = timeline, .flushed = {flushed}},
      .able = true,
      .holds = true,
      .history = pod.facts().volume.history};
  return pod.at(1100ms).answers("pg-0", here).decides();
}

const std::vector<Fork> our_history{{.timeline = {1}, .at = {1000}},
                                    {.timeline = {2}, .at = {2000}}};

TEST(Orders, AStandbyIsClonedAnewAndThatIsSaidWhenItServes) {
  Standby pod;
  pod.facts().volume.history = our_history;
  EXPECT_EQ(reinits(pod, {3}, 6000), Reason::clones);
  ASSERT_NE(pod.deed<action::Clone>(), nullptr);
  EXPECT_EQ(pod.deed<action::Clone>()->from, PodName{"pg-0"});
  EXPECT_EQ(said(pod), "(nothing)");
  server_ended(pod, directory::State::shut_down_in_recovery);
  pod.at(5s).finishes(Work::clone, true).decides();
  server_runs(pod, Role::standby, ServerPhase::ready);
  pod.at(6s).sees(held(), "v2").decides();
  EXPECT_TRUE(says(pod, "done: the primary was cloned anew")) << said(pod);
}

TEST(Orders, WhatAStreamFromTheHolderBroughtTheHolderHas) {
  // given: the holder's position was looked at before ours
  Standby pod;
  pod.facts().volume.history = our_history;
  EXPECT_EQ(reinits(pod, {3}, 4000), Reason::clones);
}

TEST(S5, AReinitOfACopyThatIsAheadIsRefused) {
  Standby pod;
  pod.facts().volume.history = our_history;
  pod.facts().server.streams = false;
  pod.at(0s).sees(held());
  (void)pod.decides();
  order(pod, Order::reinit);
  (void)decides(pod.at(1s));
  const answer::Here here{
      .position = Position{.system_id = {7}, .timeline = {3}, .flushed = {4000}},
      .able = true,
      .holds = true,
      .history = our_history};
  pod.at(1100ms).answers("pg-0", here).decides();
  EXPECT_TRUE(says(pod, "refused: this copy may be the newest (ahead_of_primary)")) << said(pod);
  EXPECT_EQ(pod.deed<action::Clone>(), nullptr);
}

TEST(S5, AReinitOfACopyOfWhichNobodyKnowsHowFarItGoesIsRefused) {
  Standby pod;
  pod.facts().volume.history = our_history;
  pod.facts().server.streams = false;
  pod.facts().volume.replayed = false;
  pod.at(0s).sees(held());
  (void)pod.decides();
  order(pod, Order::reinit);
  (void)decides(pod.at(1s));
  const answer::Here here{
      .position = Position{.system_id = {7}, .timeline = {3}, .flushed = {9000}},
      .able = true,
      .holds = true,
      .history = our_history};
  pod.at(1100ms).answers("pg-0", here).decides();
  EXPECT_TRUE(says(pod, "refused: this standby still replays")) << said(pod);
  EXPECT_EQ(pod.deed<action::Clone>(), nullptr);
}

TEST(Orders, AReinitWhoseHolderDoesNotAnswerIsRefusedInTime) {
  Standby pod;
  pod.at(0s).sees(held()).decides();
  order(pod, Order::reinit);
  (void)decides(pod.at(1s));
  pod.at(4s).sees(held(), "v2").decides();
  EXPECT_EQ(said(pod), "(nothing)");
  pod.at(11s).sees(held(), "v3").decides();
  EXPECT_TRUE(says(pod, "refused: the primary did not answer")) << said(pod);
  EXPECT_EQ(pod.deed<action::Clone>(), nullptr);
}

TEST(Orders, AReinitIsRefusedForThePrimaryAndWhereNobodyHoldsTheLease) {
  Standby holder = primary();
  order(holder, Order::reinit);
  (void)decides(holder.at(11500ms));
  EXPECT_TRUE(says(holder, "refused: pg-1 is the primary")) << said(holder);
  Standby pod;
  pod.at(0s).sees(released(5000));
  order(pod, Order::reinit);
  (void)decides(pod);
  EXPECT_TRUE(says(pod, "refused: nobody holds the Lease now")) << said(pod);
}

}  // namespace
}  // namespace core::elected::scenarios
