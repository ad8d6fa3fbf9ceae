#include <gtest/gtest.h>

#include "core/facts.hpp"

namespace {

using core::peer::holds_cluster;
using core::peer::Refusal;
using core::peer::Serves;
using core::peer::Silence;
using core::peer::WithoutData;

TEST(PeerAnswer, S4WhoeverServesOrRefusesUsHoldsACluster) {
  EXPECT_TRUE(holds_cluster(Serves{}));
  for (const auto how :
       {Refusal::bad_password, Refusal::no_hba_entry, Refusal::not_accepting, Refusal::other}) {
    EXPECT_TRUE(holds_cluster(how));
  }
}

TEST(PeerAnswer, S4SilenceAndAnEmptyVolumeProveNothing) {
  for (const auto how :
       {Silence::unresolved, Silence::lookup_failed, Silence::refused, Silence::unreachable}) {
    EXPECT_FALSE(holds_cluster(how));
  }
  EXPECT_FALSE(holds_cluster(WithoutData{}));
}

}  // namespace
