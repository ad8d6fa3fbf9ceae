#include <gtest/gtest.h>

#include "given.hpp"
#include "scenario.hpp"
#include "text.hpp"

// A start, in all modes: what is found in the volume, and what comes of it.
namespace scenarios {
namespace {

TEST(Standalone, AnEmptyVolumeIsBootstrappedThenServed) {
  // given
  Scenario s{standalone()};
  s.at(0s).directory(empty());
  // when, then
  EXPECT_EQ(s.reason(), Reason::volume_empty);
  EXPECT_EQ(s.does(), "bootstrap");
  // when
  s.at(1s).directory(cluster()).done(LongKind::bootstrap);
  // then
  EXPECT_EQ(s.reason(), Reason::cluster_found);
  EXPECT_EQ(s.does(), "start primary");
}

TEST(Standalone, ARestartStartsTheServerAtOnce) {
  // given
  Scenario s{standalone()};
  // when
  s.at(0s).directory(cluster());
  // then
  EXPECT_EQ(s.reason(), Reason::cluster_found);
  EXPECT_EQ(s.does(), "start primary");
}

TEST(Standalone, AClusterOfTheOfficialImageNeedsNoRoleOfOurs) {
  // given
  directory::Cluster found = cluster();
  found.session_key = false;
  // when
  Scenario s{standalone()};
  s.at(0s).directory(found);
  // then
  EXPECT_EQ(s.does(), "start primary");
}

TEST(Standalone, AStandbyMadeByHandStaysAStandby) {
  // given
  Scenario s{standalone()};
  // when
  s.at(0s).directory(standby_cluster());
  // then
  EXPECT_EQ(s.does(), "start standby");
  // when
  s.at(1s).server_runs(Role::standby, ServerPhase::ready);
  // then
  EXPECT_EQ(s.reason(), Reason::serving_standby);
  EXPECT_EQ(s.does(), "");
}

TEST(Standalone, ARecoveryAskedForByHandRunsAsAPrimary) {
  // given
  directory::Cluster found = cluster();
  found.recovery_signal = true;
  // when
  Scenario s{standalone()};
  s.at(0s).directory(found);
  // then
  EXPECT_EQ(s.does(), "start primary");
}

TEST(Standalone, WhileTheServerStartsTheLogCanSaySoEveryTenSeconds) {
  // given
  Scenario s{standalone()};
  // when
  s.at(3s).directory(cluster()).server_runs(Role::primary, ServerPhase::starting);
  // then
  EXPECT_EQ(s.reason(), Reason::server_starting);
  EXPECT_EQ(s.does(), "");
  EXPECT_EQ(s.wake(), 13s);
  // when
  s.at(4s).server_runs(Role::primary, ServerPhase::ready);
  // then
  EXPECT_EQ(s.reason(), Reason::serving_primary);
  EXPECT_EQ(s.wake(), std::nullopt);
}

TEST(S9, AnotherMajorVersionIsRefusedNamingBothAndTheWayOut) {
  for (const core::Settings& settings : {standalone(), static_pod("pg-0"), static_pod("pg-1")}) {
    // given
    directory::Cluster found = cluster();
    found.version = "15";
    // when
    Scenario s{settings};
    s.at(0s).directory(found);
    // then
    EXPECT_EQ(s.reason(), Reason::refused_major);
    EXPECT_EQ(s.exit().code, 1);
    const std::string message = s.exit().message;
    EXPECT_NE(message.find("PostgreSQL 15"), std::string::npos) << message;
    EXPECT_NE(message.find("PostgreSQL 17"), std::string::npos) << message;
    EXPECT_NE(message.find("pg_upgrade"), std::string::npos) << message;
  }
}

TEST(S9, AVolumeOfAnotherClusterIsRefusedUntouchedWhereThePrimaryAnswersAtOnce) {
  // given
  Scenario s{static_pod("pg-1")};
  s.at(0s).directory(standby_cluster());
  EXPECT_EQ(s.reason(), Reason::asking_primary_first);
  const action::AskPeers question{.whom = {Ordinal{0}}, .deadline = instant(1s)};
  EXPECT_EQ(s.actions(), std::vector<core::Action>{question});
  // when
  s.at(10ms).peer(0, serves(foreign_cluster));
  // then
  EXPECT_EQ(s.reason(), Reason::refused_foreign_primary);
  const std::string message = s.exit().message;
  EXPECT_NE(message.find("7301234567890123456"), std::string::npos) << message;
  EXPECT_NE(message.find("7999999999999999999"), std::string::npos) << message;
  EXPECT_TRUE(message.ends_with("Nothing was changed")) << message;
}

TEST(Static, AStandbysServerStartsWhateverAPrimarySaysThatDoesNotServe) {
  const peer::Answer answers[] = {
      Silence::unresolved,   Silence::lookup_failed, Silence::refused, Silence::unreachable,
      Refusal::bad_password, Refusal::no_hba_entry,  WithoutData{},    Refusal::not_accepting};
  for (const peer::Answer& answer : answers) {
    // given
    Scenario s{static_pod("pg-1")};
    s.at(0s).directory(standby_cluster());
    EXPECT_EQ(s.does(), "ask 0");
    // when
    s.at(10ms).peer(0, answer);
    // then it serves reads while the primary is away
    EXPECT_EQ(s.does(), "start standby of 0");
  }
}

TEST(L5, APrimaryThatDoesNotAnswerHoldsAStandbysServerUpForASecondOnly) {
  // given
  Scenario s{static_pod("pg-1")};
  s.at(0s).directory(standby_cluster());
  EXPECT_EQ(s.wake(), 1s);
  // when
  s.at(500ms);
  EXPECT_EQ(s.does(), "");
  s.time_passes();
  // then
  EXPECT_EQ(s.does(), "start standby of 0");
}

TEST(S9, WhereTheProgramsMajorIsNotKnownPostgresItselfJudges) {
  // given
  directory::Cluster found = cluster();
  found.version = "15";
  // when
  Scenario s{standalone()};
  s.at(0s).server_major("").directory(found);
  // then
  EXPECT_EQ(s.does(), "start primary");
}

TEST(S5, AnUnusableDirectoryIsLeftAloneAndSaysWhy) {
  for (const core::Settings& settings : {standalone(), static_pod("pg-0"), static_pod("pg-1")}) {
    // given
    Scenario s{settings};
    // when
    s.at(0s).directory(unusable("/data holds photos.", "Point PGDATA at an empty directory"));
    // then
    EXPECT_EQ(s.reason(), Reason::refused_directory);
    EXPECT_EQ(s.exit().code, 1);
    EXPECT_EQ(s.exit().message, "/data holds photos. Point PGDATA at an empty directory");
  }
}

TEST(Static, ThePrimaryOrdinalStartsItsClusterWithoutAskingAnybody) {
  // given
  Scenario s{static_pod("pg-0")};
  // when
  s.at(0s).directory(cluster());
  // then
  EXPECT_EQ(s.does(), "start primary");
}

TEST(Static, AClusterOfTheOfficialImageIsAdoptedFirst) {
  // given
  directory::Cluster found = cluster();
  found.session_key = false;
  Scenario s{static_pod("pg-0")};
  s.at(0s).directory(found);
  // when, then
  EXPECT_EQ(s.reason(), Reason::cluster_without_session_role);
  EXPECT_EQ(s.does(), "adopt");
  // when
  s.at(1s).directory(cluster()).done(LongKind::adopt);
  // then
  EXPECT_EQ(s.does(), "start primary");
}

TEST(Static, AnAdoptionThatFailsEndsWithItsMessage) {
  // given
  directory::Cluster found = cluster();
  found.session_key = false;
  Scenario s{static_pod("pg-0")};
  s.at(0s).directory(found);
  EXPECT_EQ(s.does(), "adopt");
  // when
  s.at(1s).failed(LongKind::adopt, "postgres --single ended with exit code 1");
  // then
  EXPECT_EQ(s.reason(), Reason::long_action_failed);
  EXPECT_EQ(s.exit().code, 1);
  EXPECT_EQ(s.exit().message, "postgres --single ended with exit code 1");
}

TEST(S2, OnAStandbysOrdinalAFormerPrimarysDataStartAsAStandby) {
  for (const bool standby_signal : {false, true}) {
    for (const bool session_key : {false, true}) {
      for (const bool promote_pending : {false, true}) {
        // given
        directory::Cluster found = cluster();
        found.control.state = directory::State::in_production;
        found.standby_signal = standby_signal;
        found.session_key = session_key;
        found.promote_pending = promote_pending;
        // when
        Scenario s{static_pod("pg-2")};
        s.at(0s).directory(found);
        EXPECT_EQ(s.does(), "ask 0");
        s.at(10ms).peer(0, serves());
        // then
        EXPECT_EQ(s.reason(), Reason::cluster_found);
        EXPECT_EQ(s.does(), "start standby of 0");
      }
    }
  }
}

TEST(S2, AStandbysDataOnThePrimaryOrdinalAreNotMadeWritable) {
  // given
  Scenario s{static_pod("pg-0")};
  // when
  s.at(0s).directory(standby_cluster());
  // then
  EXPECT_EQ(s.reason(), Reason::refused_standby_on_primary_ordinal);
  EXPECT_EQ(s.exit().code, 1);
  const std::string message = s.exit().message;
  EXPECT_NE(message.find("pg-0"), std::string::npos) << message;
  EXPECT_NE(message.find("standby.signal"), std::string::npos) << message;
  EXPECT_NE(message.find("/data/pgordinal.promote"), std::string::npos) << message;
}

TEST(Static, WithOrdinalsStartThatOrdinalIsThePrimary) {
  // given
  core::Settings primary = static_pod("pg-5");
  primary.cluster.primary = Ordinal{5};
  core::Settings standby = static_pod("pg-6");
  standby.cluster.primary = Ordinal{5};
  // when
  Scenario p{primary};
  p.at(0s).directory(cluster());
  Scenario s{standby};
  s.at(0s).directory(cluster());
  // then
  EXPECT_EQ(p.does(), "start primary");
  EXPECT_EQ(s.does(), "ask 5");
  s.at(10ms).peer(5, serves());
  EXPECT_EQ(s.does(), "start standby of 5");
}

}  // namespace
}  // namespace scenarios
