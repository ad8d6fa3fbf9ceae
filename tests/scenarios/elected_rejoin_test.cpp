#include <gtest/gtest.h>

#include "elected_standby.hpp"

// A standby whose stream does not come back.
namespace core::elected::scenarios {
namespace {

answer::Here the_holder(Timeline timeline, std::uint64_t flushed, std::vector<Fork> history) {
  return {.position = Position{.system_id = {7}, .timeline = timeline, .flushed = {flushed}},
          .able = true,
          .holds = true,
          .history = std::move(history)};
}
const std::vector<Fork> our_history{{.timeline = {1}, .at = {1000}},
                                    {.timeline = {2}, .at = {2000}}};

/// Without its stream for longer than it is patient, and the holder has just answered so.
Reason rejoins(Standby& standby, const answer::Here& here,
               std::optional<rejoin::Wal> wal = std::nullopt, const rejoin::Way& own = {}) {
  standby.facts().volume.history = our_history;
  standby.facts().server.streams = false;
  standby.at(0s).sees(held());
  (void)standby.decides();
  standby.at(5s);
  if (wal) {
    standby.facts().wal_at_primary =
        WalAtPrimary{.pod = {"pg-0"}, .own = own, .wal = *wal, .at = standby.facts().now};
  }
  EXPECT_EQ(standby.decides(), Reason::asks_holder_for_history);
  return standby.at(5100ms).answers("pg-0", here).decides();
}

TEST(Rejoin, AStandbyThatCanStreamGoesOnWaitingForItsStream) {
  Standby standby;
  EXPECT_EQ(rejoins(standby, the_holder({3}, 6000, our_history)), Reason::holder_in_force);
  EXPECT_EQ(standby.deed<action::Clone>(), nullptr);
}

TEST(Rejoin, L2WalThatIsGoneFromTheHolderLeadsToAClone) {
  Standby standby;
  const rejoin::Wal gone{.needs = {5000}, .oldest = Lsn{5500}, .slot_lost = true};
  EXPECT_EQ(rejoins(standby, the_holder({3}, 6000, our_history), gone), Reason::clones);
  ASSERT_NE(standby.deed<action::Clone>(), nullptr);
  EXPECT_EQ(standby.deed<action::Clone>()->from, PodName{"pg-0"});
}

TEST(Rejoin, S5ACopyThatIsAheadIsKeptWhateverWalIsGone) {
  Standby standby;
  const rejoin::Wal gone{.needs = {5000}, .oldest = Lsn{5500}, .slot_lost = true};
  EXPECT_EQ(rejoins(standby, the_holder({3}, 4000, our_history), gone),
            Reason::copy_ahead_of_cluster);
  EXPECT_EQ(standby.deed<action::Clone>(), nullptr);
}

TEST(Rejoin, S5WhatTheDiskHoldsCountsWhereTheServerDoesNotAnswer) {
  Standby standby;
  const rejoin::Wal gone{.needs = {5000}, .oldest = Lsn{5500}, .slot_lost = true};
  const rejoin::Way own{
      .major = {}, .system_id = {7}, .timeline = {3}, .flushed = {6500}, .history = our_history};
  EXPECT_EQ(rejoins(standby, the_holder({3}, 6000, our_history), gone, own),
            Reason::copy_ahead_of_cluster);
  EXPECT_EQ(standby.deed<action::Clone>(), nullptr);
}

TEST(Rejoin, R34WhatARecordedTakeOverWentPastIsRewoundAndCounted) {
  Standby standby;
  Record record = held();
  std::vector<Fork> history = our_history;
  history.push_back({.timeline = {3}, .at = {4900}});
  record.timeline = {4};
  EXPECT_EQ(rejoins(standby, the_holder({4}, 6000, history)), Reason::rewinds);
  ASSERT_NE(standby.deed<action::Rewind>(), nullptr);
  EXPECT_EQ(standby.deed<action::Rewind>()->gives_up, 100U);
}

TEST(Rejoin, L5AfterAFailedCloneTheNextOneWaitsLongerEachTime) {
  // given: a pod with an empty volume
  Standby standby;
  standby.empty().at(0s).sees(held());
  EXPECT_EQ(standby.decides(), Reason::asks_holder_for_history);
  Duration when = 100ms;
  for (const Duration pause : {1s, 2s, 4s, 8s, 16s, 30s, 30s}) {
    EXPECT_EQ(standby.at(when).answers("pg-0", the_holder({3}, 6000, {})).decides(),
              Reason::clones);
    // when
    standby.facts().finished = WorkEnded{.work = Work::clone, .ok = false};
    EXPECT_EQ(standby.at(when + 1s).decides(), Reason::waits_for_primary);
    standby.facts().finished.reset();
    // then
    EXPECT_EQ(standby.at(when + 1s + pause - 1ms).decides(), Reason::waits_for_primary);
    EXPECT_EQ(standby.deed<action::Ask>(), nullptr);
    EXPECT_EQ(standby.at(when + 1s + pause).decides(), Reason::asks_holder_for_history);
    when += 1s + pause + 100ms;
  }
}

}  // namespace
}  // namespace core::elected::scenarios
