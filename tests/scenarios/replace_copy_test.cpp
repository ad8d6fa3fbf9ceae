#include <gtest/gtest.h>

#include "given.hpp"
#include "scenario.hpp"
#include "text.hpp"

// Static mode: a standby that cannot stream any more, because what it lacks is gone from the
// primary.
namespace scenarios {
namespace {

namespace rejoin = core::rejoin;

rejoin::Facts lacks(std::uint64_t flushed, std::uint64_t oldest) {
  return {.own = rejoin::Way{.major = {},
                             .system_id = our_cluster,
                             .timeline = {1},
                             .flushed = {flushed},
                             .history = {}},
          .primary = {.major = {},
                      .system_id = our_cluster,
                      .timeline = {1},
                      .flushed = {9000},
                      .history = {}},
          .wal = rejoin::Wal{.needs = {flushed}, .oldest = core::Lsn{oldest}, .slot_lost = true},
          .recorded = {},
          .rewind_fails = false};
}

/// The primary serves, and the standby was seen twice to lack what is gone from it.
Scenario starving(const rejoin::Facts& facts) {
  Scenario s = running(static_pod("pg-1"), standby_cluster(), Role::standby, ServerPhase::ready);
  EXPECT_EQ(s.does(), "ensure slot on 0");
  s.at(10ms).peer(0, serves()).cannot_stream(facts);
  EXPECT_EQ(s.does(), "");
  EXPECT_EQ(s.wake(), 2s) << "it is looked at more often than a stream";
  for (const Duration when : {2s, 4s}) {
    s.at(when);
    EXPECT_EQ(s.does(), "ensure slot on 0");
    s.at(when + 10ms).peer(0, serves()).cannot_stream(facts);
    EXPECT_EQ(s.does(), "");
  }
  s.at(6s);
  EXPECT_EQ(s.does(), "ensure slot on 0");
  s.at(6010ms).peer(0, serves()).cannot_stream(facts);
  return s;
}

TEST(L2, WalThatIsGoneFromThePrimaryLeadsToACloneInPlaceOfTheCopy) {
  // given, when
  Scenario s = starving(lacks(5000, 6000));
  // then
  EXPECT_EQ(s.reason(), Reason::copy_to_be_replaced);
  EXPECT_EQ(s.does(), "stop fast");
  // when
  s.at(7s).server_ended(exit_code(0), directory::State::shut_down_in_recovery);
  // then
  EXPECT_EQ(s.reason(), Reason::replaces_copy);
  EXPECT_EQ(s.does(), "clone 0 in place");
  // when
  s.at(20s).directory(standby_cluster()).cannot_stream({}).done(LongKind::clone);
  // then
  EXPECT_EQ(s.does(), "start standby of 0");
  // when
  s.at(21s).server_runs(Role::standby, ServerPhase::ready);
  // then
  EXPECT_EQ(s.reason(), Reason::serving_standby);
}

TEST(S5, ACopyThatMayBeTheNewestIsKeptWhateverWalIsGone) {
  // given, when
  Scenario s = starving(lacks(9001, 9500));
  // then
  EXPECT_EQ(s.reason(), Reason::copy_kept);
  EXPECT_EQ(s.does(), "");
}

TEST(S5, ACopyIsKeptWhereThePrimaryWentAwayMeanwhile) {
  // given
  Scenario s = starving(lacks(5000, 6000));
  EXPECT_EQ(s.does(), "stop fast");
  // when
  s.at(7s).peer(0, Silence::refused);
  s.server_ended(exit_code(0), directory::State::shut_down_in_recovery);
  // then
  EXPECT_EQ(s.does(), "start standby of 0");
}

TEST(L5, AfterACloneInPlaceThatFailedTheOldCopyServesAndTheNextOneWaits) {
  // given
  Scenario s = starving(lacks(5000, 6000));
  EXPECT_EQ(s.does(), "stop fast");
  s.at(7s).server_ended(exit_code(0), directory::State::shut_down_in_recovery);
  EXPECT_EQ(s.does(), "clone 0 in place");
  // when
  s.at(8s).failed(LongKind::clone);
  // then
  EXPECT_EQ(s.does(), "start standby of 0");
  EXPECT_EQ(s.memory().clone_failures, 1U);
}

TEST(S10, AStopDuringACloneInPlaceEndsIt) {
  // given
  Scenario s = starving(lacks(5000, 6000));
  EXPECT_EQ(s.does(), "stop fast");
  s.at(7s).server_ended(exit_code(0), directory::State::shut_down_in_recovery);
  EXPECT_EQ(s.does(), "clone 0 in place");
  // when
  s.at(9s).signal(SIGTERM);
  // then
  EXPECT_EQ(s.does(), "end long action");
  // when
  s.at(9100ms).failed(LongKind::clone);
  // then
  EXPECT_EQ(s.exit().code, 128 + SIGTERM);
}

TEST(S10, AStopWhileTheServerEndsForACloneIsAStop) {
  // given
  Scenario s = starving(lacks(5000, 6000));
  EXPECT_EQ(s.does(), "stop fast");
  // when
  s.at(6500ms).signal(SIGTERM);
  EXPECT_EQ(s.does(), "");
  s.at(7s).server_ended(exit_code(0), directory::State::shut_down_in_recovery);
  // then
  EXPECT_EQ(s.exit().code, 0);
}

}  // namespace
}  // namespace scenarios
