#include <gtest/gtest.h>

#include "given.hpp"
#include "scenario.hpp"
#include "text.hpp"

// The server runs and nobody wants it stopped: slots, and a primary that is not ours.
namespace scenarios {
namespace {

Scenario running_standby(ServerPhase phase = ServerPhase::ready) {
  return running(static_pod("pg-1"), standby_cluster(), Role::standby, phase);
}

TEST(Static, ThePrimaryLooksAfterSlotsOnceItIsReadyThenEveryThirtySeconds) {
  // given
  Scenario s = running(static_pod("pg-0"), cluster(), Role::primary, ServerPhase::starting);
  EXPECT_EQ(s.reason(), Reason::server_starting);
  // when
  s.at(1s).server_runs(Role::primary, ServerPhase::ready).passwords_hold(true);
  EXPECT_EQ(s.does(), "assert passwords");
  s.time_passes().passwords_hold(true);
  // then
  EXPECT_EQ(s.reason(), Reason::slots_due);
  EXPECT_EQ(s.actions(), std::vector<core::Action>{action::MaintainSlots{.deadline = instant(6s)}});
  // when
  s.at(2s);
  // then
  EXPECT_EQ(s.reason(), Reason::serving_primary);
  EXPECT_EQ(s.does(), "");
  EXPECT_EQ(s.wake(), 31s);
  // when
  s.time_passes();
  // then
  EXPECT_EQ(s.does(), "maintain slots");
}

TEST(Standalone, SlotsAndPasswordsAreTheUsersOwn) {
  // given, when
  Scenario s = running(standalone(), cluster(), Role::primary, ServerPhase::ready);
  // then
  EXPECT_EQ(s.reason(), Reason::serving_primary);
  EXPECT_EQ(s.does(), "");
}

TEST(Static, AStandbySeesToItsSlotFromTheStartThenEveryThirtySeconds) {
  // given
  Scenario s = running_standby(ServerPhase::starting);
  // when, then
  EXPECT_EQ(s.reason(), Reason::slot_due);
  const action::EnsureSlot slot{.primary = Ordinal{0}, .deadline = instant(5s)};
  EXPECT_EQ(s.actions(), std::vector<core::Action>{slot});
  // when
  s.at(10ms).peer(0, serves());
  // then
  EXPECT_EQ(s.reason(), Reason::server_starting);
  EXPECT_EQ(s.does(), "");
  // when
  s.at(1s).server_runs(Role::standby, ServerPhase::ready);
  // then
  EXPECT_EQ(s.reason(), Reason::serving_standby);
  EXPECT_EQ(s.does(), "");
  EXPECT_EQ(s.wake(), 30s);
  // when
  s.time_passes();
  // then
  EXPECT_EQ(s.does(), "ensure slot on 0");
}

TEST(Static, AStandbyThatStreamsAsksNobodyAndAtOnceWhenItsStreamEnds) {
  // given
  Scenario s = running_standby();
  s.at(10ms).peer(0, serves()).at(1s).streams(true);
  EXPECT_EQ(s.reason(), Reason::serving_standby);
  EXPECT_EQ(s.does(), "");
  EXPECT_EQ(s.wake(), 31s);
  // when
  s.at(1h);
  // then
  EXPECT_EQ(s.does(), "");
  // when
  s.streams(false);
  // then
  EXPECT_EQ(s.does(), "ensure slot on 0");
}

TEST(L5, AStandbyWhosePrimaryDoesNotServeSaysWhyAndAsksAgainEveryTwoSeconds) {
  for (const auto& [answer, waiting] : does_not_serve()) {
    // given
    Scenario s = running_standby();
    EXPECT_EQ(s.does(), "ensure slot on 0");
    // when
    s.at(10ms).peer(0, answer);
    // then
    EXPECT_EQ(s.reason(), waiting);
    EXPECT_EQ(s.does(), "");
    EXPECT_EQ(s.wake(), 2s);
    // when
    s.time_passes();
    // then
    EXPECT_EQ(s.reason(), waiting);
    EXPECT_EQ(s.does(), "ensure slot on 0");
  }
}

TEST(L5, TheSlotIsAskedForAgainOnlyOnceTheLastQuestionIsOver) {
  // given
  Scenario s = running_standby();
  EXPECT_EQ(s.does(), "ensure slot on 0");
  // when
  s.at(3s);
  // then
  EXPECT_EQ(s.does(), "");
  EXPECT_EQ(s.wake(), 5s);
  // when
  s.time_passes();
  // then
  EXPECT_EQ(s.does(), "ensure slot on 0");
}

TEST(Static, AStandbyGoesOnServingWhenThePrimaryGoesAwayAndComesBack) {
  // given
  Scenario s = running_standby();
  EXPECT_EQ(s.does(), "ensure slot on 0");
  s.at(10ms).peer(0, serves());
  EXPECT_EQ(s.reason(), Reason::serving_standby);
  s.at(30s);
  EXPECT_EQ(s.does(), "ensure slot on 0");
  // when
  s.at(30010ms).peer(0, Silence::refused);
  // then
  EXPECT_EQ(s.reason(), Reason::waiting_for_primary_port);
  EXPECT_EQ(s.does(), "");
  // when
  s.at(32s);
  EXPECT_EQ(s.does(), "ensure slot on 0");
  s.at(32010ms).peer(0, serves());
  // then
  EXPECT_EQ(s.reason(), Reason::serving_standby);
}

TEST(S9, AForeignPrimaryStopsTheStandbyAndTheExitNamesBothClusters) {
  // given
  Scenario s = running_standby();
  EXPECT_EQ(s.does(), "ensure slot on 0");
  // when
  s.at(10ms).peer(0, serves(foreign_cluster));
  // then
  EXPECT_EQ(s.does(), "stop fast");
  // when
  s.at(1s).server_ended(exit_code(0), directory::State::shut_down_in_recovery);
  // then
  EXPECT_EQ(s.reason(), Reason::refused_foreign_primary);
  EXPECT_EQ(s.exit().code, 1);
  const std::string message = s.exit().message;
  EXPECT_NE(message.find("7301234567890123456"), std::string::npos) << message;
  EXPECT_NE(message.find("7999999999999999999"), std::string::npos) << message;
  EXPECT_NE(message.find("pg-0"), std::string::npos) << message;
  EXPECT_NE(message.find("PersistentVolumeClaim"), std::string::npos) << message;
  // what was done to the volume is said, too
  EXPECT_NE(message.find("standby.signal"), std::string::npos) << message;
  EXPECT_EQ(message.find("Nothing was changed"), std::string::npos) << message;
}

TEST(S9, TheStopForAForeignPrimaryGetsHarsherLikeAnyOther) {
  // given
  Scenario s = running_standby();
  s.peer(0, serves(foreign_cluster));
  EXPECT_EQ(s.does(), "stop fast");
  // when, then
  s.at(20s);
  EXPECT_EQ(s.does(), "stop immediate");
  s.at(25s);
  EXPECT_EQ(s.does(), "stop kill");
  // when
  s.at(26s).server_ended(killed_by(SIGKILL), directory::State::in_archive_recovery);
  // then
  EXPECT_EQ(s.reason(), Reason::refused_foreign_primary);
  EXPECT_EQ(s.exit().code, 1);
}

TEST(S9, TheRefusalIsNotForgottenWhenThePrimaryAnswersOtherwise) {
  // given
  Scenario s = running_standby();
  s.peer(0, serves(foreign_cluster));
  EXPECT_EQ(s.does(), "stop fast");
  // when
  s.at(1s).peer(0, serves(our_cluster));
  // then
  EXPECT_EQ(s.reason(), Reason::waiting_for_stop);
}

}  // namespace
}  // namespace scenarios
