#include <gtest/gtest.h>

#include "given.hpp"
#include "scenario.hpp"
#include "text.hpp"

// Settings and secrets that change: a reload, and what the primary does with new passwords.
namespace scenarios {
namespace {

Scenario ready_primary() {
  return running(static_pod("pg-0"), cluster(), Role::primary, ServerPhase::ready);
}

TEST(Static, ThePrimarySeesToPasswordsOnceAtItsStartAndOnceAfterEachReload) {
  // given
  Scenario s = ready_primary();
  EXPECT_EQ(s.reason(), Reason::passwords_due);
  const action::AssertPasswords deed{.deadline = instant(5s)};
  EXPECT_EQ(s.actions(), std::vector<core::Action>{deed});
  s.at(10ms).passwords_hold(true);
  // when
  for (Duration at = 1s; at < 300s; at += 1s) {
    s.at(at);
    // then
    EXPECT_NE(s.does(), "assert passwords") << "at " << to_text(instant(at));
  }
  // when
  s.at(300s).signal(SIGHUP);
  EXPECT_EQ(s.does(), "reload");
  s.time_passes();
  // then
  EXPECT_EQ(s.does(), "assert passwords");
}

TEST(Static, PasswordsThatCouldNotBeCarriedInAreTriedAgain) {
  // given
  Scenario s = ready_primary();
  EXPECT_EQ(s.does(), "assert passwords");
  s.at(10ms).passwords_hold(false);
  EXPECT_EQ(s.does(), "maintain slots");
  // when
  s.time_passes();
  // then
  EXPECT_EQ(s.reason(), Reason::passwords_due);
  EXPECT_EQ(s.does(), "assert passwords");
  // when the end of it is never told
  s.at(24s);
  EXPECT_NE(s.does(), "assert passwords");
  s.at(25s);
  // then
  EXPECT_EQ(s.does(), "assert passwords");
}

TEST(Static, AStandbyLeavesPasswordsToThePrimary) {
  // given
  Scenario s = running(static_pod("pg-1"), standby_cluster(), Role::standby, ServerPhase::ready);
  EXPECT_EQ(s.does(), "ensure slot on 0");
  s.at(10ms).peer(0, serves());
  EXPECT_EQ(s.does(), "");
  // when
  s.at(20ms).signal(SIGHUP);
  EXPECT_EQ(s.does(), "reload");
  s.time_passes();
  // then
  EXPECT_EQ(s.does(), "");
}

TEST(Reload, ASighupIsHandedToTheServerOnce) {
  const auto running_as = {
      running(standalone(), cluster(), Role::primary, ServerPhase::ready),
      running(static_pod("pg-0"), cluster(), Role::primary, ServerPhase::ready),
      running(static_pod("pg-1"), standby_cluster(), Role::standby, ServerPhase::ready),
  };
  for (Scenario s : running_as) {
    // given
    (void)s.reason();
    s.at(10ms).passwords_hold(true);
    (void)s.reason();
    // when
    s.at(1s).signal(SIGHUP);
    // then
    EXPECT_EQ(s.reason(), Reason::reload_asked);
    EXPECT_EQ(s.does(), "reload");
    EXPECT_EQ(s.wake(), 1s);
    // when
    s.time_passes();
    // then
    EXPECT_NE(s.does(), "reload");
  }
}

TEST(Reload, UnderALongActionASighupWaitsForItsEnd) {
  // given
  Scenario s{standalone()};
  s.at(0s).directory(empty());
  EXPECT_EQ(s.does(), "bootstrap");
  // when
  s.at(1s).signal(SIGHUP);
  // then
  EXPECT_EQ(s.reason(), Reason::long_action_runs);
  EXPECT_EQ(s.does(), "");
  // when
  s.at(2s).directory(cluster()).done(LongKind::bootstrap);
  EXPECT_EQ(s.does(), "start primary");
  s.at(3s).server_runs(Role::primary, ServerPhase::starting);
  // then
  EXPECT_EQ(s.does(), "reload");
}

TEST(Reload, AStandbyThatWaitsWithAWrongPasswordTakesTheNewOne) {
  // given
  Scenario s{static_pod("pg-1")};
  s.at(0s).directory(empty());
  EXPECT_EQ(s.does(), "ask 0");
  s.at(10ms).peer(0, Refusal::bad_password);
  EXPECT_EQ(s.reason(), Reason::waiting_for_primary_password);
  // when
  s.at(100ms).signal(SIGHUP);
  // then
  EXPECT_EQ(s.does(), "reload");
  // when
  s.at(500ms);
  // then
  EXPECT_EQ(s.does(), "ask 0");
}

TEST(Reload, WhileTheServerStopsASighupChangesNothing) {
  // given
  Scenario s = running(standalone(), cluster(), Role::primary, ServerPhase::ready);
  s.signal(SIGTERM);
  EXPECT_EQ(s.does(), "stop fast");
  // when
  s.at(1s).signal(SIGHUP);
  // then
  EXPECT_EQ(s.reason(), Reason::waiting_for_stop);
  EXPECT_EQ(s.does(), "");
}

}  // namespace
}  // namespace scenarios
