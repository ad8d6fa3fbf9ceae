#include <algorithm>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "given.hpp"
#include "scenario.hpp"
#include "text.hpp"

// S4: the primary's ordinal with an empty volume asks its peers before initdb, and not for ever.
namespace scenarios {
namespace {

/// Who is asked by the current decision; nobody where it does something else.
std::vector<std::uint32_t> whom(Scenario& s) {
  std::vector<std::uint32_t> asked;
  for (const core::Action& deed : s.actions()) {
    const auto* question = std::get_if<action::AskPeers>(&deed);
    if (question == nullptr) continue;
    for (const Ordinal peer : question->whom)
      asked.push_back(peer.number);
  }
  return asked;
}

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
  const action::AskPeers question{
      .whom = {Ordinal{1}, Ordinal{2}}, .deadline = instant(2s), .say_empty = true};
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
  // then whoever may be about to answer comes first
  EXPECT_EQ(s.does(), "ask 2 1");
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
  // then the log says that somebody stayed silent
  EXPECT_EQ(s.reason(), Reason::volume_empty_peers_silent);
  EXPECT_EQ(s.does(), "bootstrap");
}

TEST(S4, ANameThatCannotBeLookedUpHoldsTheInitdbUpForAsLongAsItTakes) {
  // given
  Scenario s = asking_primary();
  s.at(10ms).peer(1, Silence::lookup_failed).peer(2, Silence::unresolved);
  EXPECT_EQ(s.reason(), Reason::asking_peers);
  EXPECT_EQ(s.does(), "");
  s.at(5s);
  for (int round = 0; round < 1000; ++round) {
    // when
    s.peer(1, Silence::lookup_failed).peer(2, Silence::unresolved);
    // then
    ASSERT_EQ(s.memory().long_action, std::nullopt);
    s.time_passes();
  }
  // then it says what it waits for (L5)
  EXPECT_EQ(s.reason(), Reason::waiting_for_peer_lookups);
  // when the name server answers again
  s.peer(1, serves());
  // then
  EXPECT_EQ(s.reason(), Reason::refused_peer_holds_cluster);
}

TEST(S4, ANewClusterBeginsOnceTheNameServerAnswersAgain) {
  // given
  Scenario s = asking_primary();
  s.at(10ms).peer(1, Silence::lookup_failed).peer(2, Silence::lookup_failed);
  EXPECT_EQ(s.does(), "");
  s.at(60s);
  EXPECT_EQ(s.does(), "ask 1 2");
  // when
  s.at(61s).peer(1, Silence::unresolved).peer(2, Silence::unresolved);
  // then
  EXPECT_EQ(s.reason(), Reason::volume_empty);
  EXPECT_EQ(s.does(), "bootstrap");
}

TEST(S4, AnAnswerThatIsOldByThenIsAskedForAgain) {
  // given a peer that was absent once, while another's name could not be looked up
  Scenario s = asking_primary();
  s.at(10ms).peer(1, Silence::unresolved).peer(2, Silence::lookup_failed);
  EXPECT_EQ(s.does(), "");
  s.at(20s);
  EXPECT_EQ(s.does(), "ask 2");
  // when
  s.at(31s).peer(2, Silence::unresolved);
  // then
  EXPECT_EQ(s.reason(), Reason::waiting_for_peer_lookups);
  EXPECT_EQ(s.does(), "ask 1");
  // when
  s.at(32s).peer(1, serves());
  // then
  EXPECT_EQ(s.reason(), Reason::refused_peer_holds_cluster);
}

TEST(L6, WhereLookUpsAreSlowEachRoundGetsFurther) {
  // given look-ups of 0.5 s one after the other: four of them in a question's time
  Scenario s = asking_primary(16);
  std::vector<std::uint32_t> asked(15);
  std::iota(asked.begin(), asked.end(), 1U);
  Duration began = 0s;
  Duration now = 0s;
  int rounds = 0;
  while (s.does() != "bootstrap" && ++rounds < 100) {
    // when
    int place = 0;
    for (const std::uint32_t peer : asked) {
      const Duration takes = ++place * 500ms;
      now = began + std::min<Duration>(takes, 2s);
      s.at(now).peer(peer, takes <= 2s ? Silence::unresolved : Silence::lookup_failed);
    }
    while (s.does().empty()) {
      now = *s.wake();
      s.time_passes();
    }
    began = now;
    asked = whom(s);
  }
  // then
  EXPECT_EQ(s.does(), "bootstrap");
  EXPECT_LT(rounds, 12);
}

TEST(S4, AnAnswerThatNeverComesIsAskedForAgainAndNeverTakenForANo) {
  // given
  Scenario s = asking_primary();
  // when
  s.at(1s);
  // then
  EXPECT_EQ(s.does(), "");
  EXPECT_EQ(s.wake(), 2s);
  // when
  s.at(100s);
  // then
  EXPECT_EQ(s.does(), "ask 1 2");
  EXPECT_EQ(s.reason(), Reason::waiting_for_peer_lookups);
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
