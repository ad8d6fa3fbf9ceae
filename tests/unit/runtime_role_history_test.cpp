#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/elected/role_history.hpp"

namespace {

using namespace std::chrono_literals;
using core::Role;
using core::elected::Memory;
using core::elected::Reason;
using runtime::elected::RoleHistory;
using testing::ElementsAre;
using Change = core::Status::RoleChange;

core::Instant at(core::Duration since) {
  return core::Instant{100s + since};
}

/// A pod that saw its primary's Lease last at that instant.
Memory challenger(core::Duration seen) {
  Memory memory;
  memory.view.sighting.emplace();
  memory.view.since = at(seen);
  return memory;
}

Memory holder(core::elected::Phase phase) {
  Memory memory = challenger(9s);
  memory.holding.emplace();
  memory.holding->phase = phase;
  return memory;
}

core::server::State running(Role role) {
  core::server::Running server;
  server.role = role;
  server.phase = core::ServerPhase::ready;
  return server;
}

TEST(RoleHistory, ATakeOverHasItsReasonAndLastsUntilWritesAreAccepted) {
  RoleHistory history;
  history.decided(challenger(0s), Reason::following, running(Role::standby), at(1s));
  history.decided(challenger(2s), Reason::holder_in_force, running(Role::standby), at(9s));
  EXPECT_THAT(history.changes(), ElementsAre());
  history.decided(challenger(2s), Reason::takes_over, running(Role::standby), at(12s));
  history.decided(challenger(2s), Reason::waits_for_outcome, running(Role::standby), at(12s));
  history.decided(holder(core::elected::Phase::promoting), Reason::promotes, running(Role::standby),
                  at(12500ms));
  EXPECT_EQ(history.last_outage(), std::nullopt);
  history.decided(holder(core::elected::Phase::open), Reason::serving, running(Role::primary),
                  at(13s));
  history.decided(holder(core::elected::Phase::open), Reason::serving, running(Role::primary),
                  at(99s));
  EXPECT_EQ(history.last_outage(), 11s);
  EXPECT_THAT(history.changes(),
              ElementsAre(Change{.to = Role::primary, .reason = "takes_over", .count = 1}));
}

TEST(RoleHistory, AnEndHasTheReasonThatLedToIt) {
  RoleHistory history;
  history.decided(holder(core::elected::Phase::open), Reason::creates_lease, running(Role::primary),
                  at(1s));
  EXPECT_EQ(history.last_outage(), std::nullopt) << "there was nobody before";
  history.decided(holder(core::elected::Phase::open), Reason::demotion_due, running(Role::primary),
                  at(2s));
  history.decided(holder(core::elected::Phase::open), Reason::handover_release, {}, at(3s));
  history.decided(challenger(3s), Reason::following, {}, at(4s));
  EXPECT_THAT(history.changes(),
              ElementsAre(Change{.to = Role::primary, .reason = "creates_lease", .count = 1},
                          Change{.to = Role::standby, .reason = "demotion_due", .count = 1}));
}

}  // namespace
