#include <gtest/gtest.h>

#include "given.hpp"
#include "scenario.hpp"
#include "text.hpp"

// S7: what a start makes of a bootstrap that never ended, and of steps that fail.
namespace scenarios {
namespace {

TEST(S7, AnUnfinishedInitdbIsDiscardedAndBegunAgain) {
  // given
  Scenario s{standalone()};
  s.at(0s).directory(unfinished(directory::Bootstrap::initdb));
  // when, then
  EXPECT_EQ(s.reason(), Reason::unfinished_bootstrap_found);
  EXPECT_EQ(s.does(), "discard");
  // when
  s.at(1s).directory(empty()).done(LongKind::discard);
  // then
  EXPECT_EQ(s.does(), "bootstrap");
}

TEST(S7, AnUnfinishedCloneIsNeverStarted) {
  // given
  Scenario s{static_pod("pg-1")};
  // when
  s.at(0s).directory(unfinished(directory::Bootstrap::clone));
  // then
  EXPECT_EQ(s.does(), "discard");
  // when
  s.at(1s).directory(empty()).done(LongKind::discard);
  // then
  EXPECT_EQ(s.does(), "ask 0");
}

TEST(S7, AfterAnUnfinishedBootstrapThePeersAreAskedAsOnAnyEmptyVolume) {
  // given
  Scenario s{static_pod("pg-0")};
  s.at(0s).directory(unfinished(directory::Bootstrap::initdb));
  EXPECT_EQ(s.does(), "discard");
  // when
  s.at(1s).directory(empty()).done(LongKind::discard);
  // then
  EXPECT_EQ(s.reason(), Reason::asking_peers);
  EXPECT_EQ(s.does(), "ask 1 2");
}

TEST(S7, ADiscardThatFailsEndsTheContainerWithItsMessage) {
  // given
  Scenario s{standalone()};
  s.at(0s).directory(unfinished(directory::Bootstrap::initdb));
  EXPECT_EQ(s.does(), "discard");
  // when
  s.at(1s).failed(LongKind::discard, "cannot remove /data/base: Read-only file system");
  // then
  EXPECT_EQ(s.reason(), Reason::long_action_failed);
  EXPECT_EQ(s.exit().code, 1);
  EXPECT_EQ(s.exit().message, "cannot remove /data/base: Read-only file system");
}

TEST(S7, AStepThatEndedWellAndChangedNothingIsNotRepeatedForEver) {
  for (const LongKind kind : {LongKind::bootstrap, LongKind::discard, LongKind::adopt}) {
    // given
    directory::Cluster not_adopted = cluster();
    not_adopted.session_key = false;
    core::Settings settings = static_pod("pg-0");
    settings.cluster.max_members = 1;
    Scenario s{settings};
    s.at(0s);
    if (kind == LongKind::bootstrap) s.directory(empty());
    if (kind == LongKind::discard) s.directory(unfinished(directory::Bootstrap::initdb));
    if (kind == LongKind::adopt) s.directory(not_adopted);
    ASSERT_NE(s.does(), "");
    // when
    s.at(1s).done(kind);
    // then
    EXPECT_EQ(s.reason(), Reason::long_action_failed);
    EXPECT_EQ(s.exit().code, 1);
  }
}

TEST(S7, ABootstrapThatFailsEndsWithTheStatusOfWhatFailed) {
  // given
  Scenario s{standalone()};
  s.at(0s).directory(empty());
  EXPECT_EQ(s.does(), "bootstrap");
  // when
  s.at(2s)
      .directory(unfinished(directory::Bootstrap::initdb))
      .failed(LongKind::bootstrap, "psql ended with exit code 3", 3);
  // then
  EXPECT_EQ(s.reason(), Reason::bootstrap_failed);
  EXPECT_EQ(s.exit().code, 3);
  EXPECT_EQ(s.exit().message, "psql ended with exit code 3");
}

}  // namespace
}  // namespace scenarios
