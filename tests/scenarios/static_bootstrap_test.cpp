#include <gtest/gtest.h>

#include "given.hpp"
#include "scenario.hpp"
#include "text.hpp"

// S4: the primary's ordinal with an empty volume asks its peers before initdb, and not for ever.
namespace scenarios {
namespace {

Scenario asking_primary(std::uint32_t members = 3) {
  core::Settings settings = static_pod("pg-0");
  settings.cluster.max_members = members;
  Scenario s{settings};
  s.at(0s).directory(empty());
  EXPECT_EQ(s.reason(), Reason::asking_peers);
  return s;
}

TEST(S4, AnEmptyPrimaryAsksAllItsPeersFirst) {
  // given, when
  Scenario s{static_pod("pg-0")};
  s.at(0s).directory(empty());
  // then
  EXPECT_EQ(s.reason(), Reason::asking_peers);
  const action::AskPeers question{.whom = {Ordinal{1}, Ordinal{2}}, .deadline = instant(2s)};
  EXPECT_EQ(s.actions(), std::vector<core::Action>{question});
}

TEST(S4, TheInitdbWaitsForEveryAnswer) {
  // given
  Scenario s = asking_primary();
  // when
  s.at(10ms).peer(1, Silence::unresolved);
  // then
  EXPECT_EQ(s.reason(), Reason::asking_peers);
  EXPECT_EQ(s.does(), "");
  // when
  s.at(20ms).peer(2, WithoutData{});
  // then
  EXPECT_EQ(s.reason(), Reason::volume_empty);
  EXPECT_EQ(s.does(), "bootstrap");
}

TEST(S4, OnePeerThatServesForbidsTheInitdb) {
  // given
  Scenario s = asking_primary();
  // when
  s.at(10ms).peer(1, WithoutData{}).peer(2, serves());
  // then
  EXPECT_EQ(s.reason(), Reason::refused_peer_holds_cluster);
  EXPECT_EQ(s.exit().code, 1);
  const std::string message = s.exit().message;
  EXPECT_NE(message.find("pg-0"), std::string::npos) << message;
  EXPECT_NE(message.find("pg-2 holds a cluster"), std::string::npos) << message;
  EXPECT_NE(message.find("cluster.clone_from"), std::string::npos) << message;
}

TEST(S4, AServerThatDoesNotLetUsInHoldsAClusterAllTheSame) {
  for (const Refusal how :
       {Refusal::bad_password, Refusal::no_hba_entry, Refusal::not_accepting, Refusal::other}) {
    // given
    Scenario s = asking_primary();
    // when
    s.at(10ms).peer(1, Silence::unresolved).peer(2, how);
    // then
    EXPECT_EQ(s.reason(), Reason::refused_peer_holds_cluster);
    EXPECT_EQ(s.exit().code, 1);
  }
}

TEST(S4, OnePeerThatHoldsAClusterIsEnoughWhileOthersAreSilent) {
  // given
  Scenario s = asking_primary();
  // when
  s.at(10ms).peer(2, serves());
  // then
  EXPECT_EQ(s.reason(), Reason::refused_peer_holds_cluster);
}

TEST(S4, APeerWhoseServerMayBeAboutToStartIsAskedAgainUntilTheTimeout) {
  for (const Silence how : {Silence::refused, Silence::unreachable}) {
    // given
    Scenario s = asking_primary(2);
    s.at(10ms).peer(1, how);
    EXPECT_EQ(s.does(), "");
    EXPECT_EQ(s.wake(), 500ms);
    // when
    s.at(500ms);
    // then
    EXPECT_EQ(s.does(), "ask 1");
    // when
    s.at(510ms).peer(1, serves());
    // then
    EXPECT_EQ(s.reason(), Reason::refused_peer_holds_cluster);
  }
}

TEST(S4, ANameThatAppearsWhileWeAskAnywayIsAskedToo) {
  // given
  Scenario s = asking_primary();
  s.at(10ms).peer(1, Silence::unresolved).peer(2, Silence::refused);
  EXPECT_EQ(s.does(), "");
  // when
  s.at(500ms);
  // then
  EXPECT_EQ(s.does(), "ask 1 2");
  // when
  s.at(510ms).peer(1, serves());
  // then
  EXPECT_EQ(s.reason(), Reason::refused_peer_holds_cluster);
}

TEST(S4, APeerThatSaidItsVolumeIsEmptyIsNotAskedAgain) {
  // given
  Scenario s = asking_primary();
  s.at(10ms).peer(1, WithoutData{}).peer(2, Silence::refused);
  EXPECT_EQ(s.does(), "");
  // when
  s.at(500ms);
  // then
  EXPECT_EQ(s.does(), "ask 2");
}

TEST(L5, PeersThatStaySilentHoldTheInitdbUpForPeerTimeoutOnly) {
  // given
  Scenario s = asking_primary();
  // when
  s.at(10ms).peer(1, Silence::unreachable).peer(2, Silence::unreachable);
  EXPECT_EQ(s.does(), "");
  s.at(5s);
  // then
  EXPECT_EQ(s.reason(), Reason::volume_empty);
  EXPECT_EQ(s.does(), "bootstrap");
}

TEST(L5, AnswersThatNeverComeHoldTheInitdbUpForPeerTimeoutOnly) {
  // given
  Scenario s = asking_primary();
  // when
  s.at(1s);
  // then
  EXPECT_EQ(s.does(), "");
  EXPECT_EQ(s.wake(), 5s);
  // when
  s.time_passes();
  // then
  EXPECT_EQ(s.does(), "bootstrap");
}

TEST(L6, OrderedReadyWhereNoPeerExistsYetBootstrapsAtOnce) {
  // given
  Scenario s = asking_primary(16);
  // when
  s.at(3ms);
  for (std::uint32_t peer = 1; peer < 16; ++peer)
    s.peer(peer, Silence::unresolved);
  // then
  EXPECT_EQ(s.does(), "bootstrap");
}

TEST(L6, AFreshParallelClusterBootstrapsAsSoonAsAllPeersSaidTheyAreEmpty) {
  // given
  Scenario s = asking_primary();
  // when
  s.at(3ms).peer(1, WithoutData{}).peer(2, WithoutData{});
  // then
  EXPECT_EQ(s.does(), "bootstrap");
}

TEST(L6, AClusterOfOneAsksNobody) {
  // given
  core::Settings settings = static_pod("pg-0");
  settings.cluster.max_members = 1;
  // when
  Scenario s{settings};
  s.at(0s).directory(empty());
  // then
  EXPECT_EQ(s.reason(), Reason::volume_empty);
  EXPECT_EQ(s.does(), "bootstrap");
}

TEST(L6, WithOrdinalsStartThePeersAreTheOrdinalsAfterIt) {
  // given
  core::Settings settings = static_pod("pg-5");
  settings.cluster.primary = Ordinal{5};
  // when
  Scenario s{settings};
  s.at(0s).directory(empty());
  // then
  EXPECT_EQ(s.does(), "ask 6 7");
}

}  // namespace
}  // namespace scenarios
