#include <gtest/gtest.h>

#include "given.hpp"
#include "scenario.hpp"
#include "text.hpp"

// clone_from's copy becomes the primary: started as a standby of nobody, promoted once consistent.
namespace scenarios {
namespace {

Scenario running_to_promote(ServerPhase phase) {
  return running(static_pod("pg-0"), cluster_to_promote(), Role::standby, phase);
}

TEST(S2, TheCopyThatBecomesThePrimaryStartsAsAStandbyOfNobody) {
  // given
  Scenario s{static_pod("pg-0")};
  // when
  s.at(0s).directory(cluster_to_promote());
  // then
  EXPECT_EQ(s.reason(), Reason::promotion_pending);
  EXPECT_EQ(s.does(), "start standby");
}

TEST(Static, TheCopyIsPromotedOnceItIsConsistentHotOrWarm) {
  for (const ServerPhase up : {ServerPhase::ready, ServerPhase::standby}) {
    // given
    Scenario s = running_to_promote(ServerPhase::starting);
    EXPECT_EQ(s.does(), "");
    // when
    s.at(1s).server_runs(Role::standby, up);
    // then
    EXPECT_EQ(s.reason(), Reason::promotion_pending);
    EXPECT_EQ(s.actions(), std::vector<core::Action>{action::Promote{.deadline = instant(61s)}});
    // when
    s.at(2s);
    // then
    EXPECT_EQ(s.reason(), Reason::long_action_runs);
    EXPECT_EQ(s.does(), "");
    // when
    s.at(3s)
        .directory(cluster())
        .server_runs(Role::primary, ServerPhase::ready)
        .done(LongKind::promote);
    // then
    EXPECT_EQ(s.does(), "assert passwords");
    s.time_passes();
    EXPECT_EQ(s.does(), "maintain slots");
  }
}

TEST(Static, AServerThatIsStoppingIsNotPromoted) {
  // given, when
  Scenario s = running_to_promote(ServerPhase::stopping);
  // then
  EXPECT_EQ(s.does(), "");
}

TEST(Static, APromotionThatFailsStopsTheServerAndEndsWithItsMessage) {
  // given
  Scenario s = running_to_promote(ServerPhase::ready);
  EXPECT_EQ(s.does(), "promote");
  // when
  s.at(60s).failed(LongKind::promote, "the server was not promoted within 60 s");
  // then
  EXPECT_EQ(s.does(), "stop fast");
  // when
  s.at(61s).server_ended(exit_code(0), directory::State::shut_down_in_recovery);
  // then
  EXPECT_EQ(s.reason(), Reason::long_action_failed);
  EXPECT_EQ(s.exit().code, 1);
  EXPECT_EQ(s.exit().message, "the server was not promoted within 60 s");
}

TEST(L5, APromotionWhoseServerIsGoneIsEndedAtOnce) {
  // given
  Scenario s = running_to_promote(ServerPhase::ready);
  EXPECT_EQ(s.does(), "promote");
  // when
  s.at(1s).server_ended(killed_by(SIGSEGV), directory::State::in_archive_recovery);
  // then
  EXPECT_EQ(s.does(), "end long action");
  // when
  s.at(1010ms).failed(LongKind::promote);
  // then
  EXPECT_EQ(s.reason(), Reason::server_failed);
  EXPECT_EQ(s.exit().code, 128 + SIGSEGV);
}

TEST(L5, APromotionThatCannotBeEndedDoesNotHideTheServersEnd) {
  // given
  Scenario s = running_to_promote(ServerPhase::ready);
  EXPECT_EQ(s.does(), "promote");
  s.at(1s).server_ended(exit_code(2), directory::State::in_archive_recovery);
  EXPECT_EQ(s.does(), "end long action");
  s.time_passes();
  EXPECT_EQ(s.does(), "kill long action");
  // when
  s.time_passes();
  // then
  EXPECT_EQ(s.reason(), Reason::server_failed);
  EXPECT_EQ(s.exit().code, 2);
}

}  // namespace
}  // namespace scenarios
