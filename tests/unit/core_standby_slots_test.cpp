#include "core/standby_slots.hpp"

namespace {

using core::Lsn;
using core::standby_slots::Deed;
using core::standby_slots::Held;
using core::standby_slots::Step;
using core::standby_slots::steps;
using core::standby_slots::worth_advancing;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Lsn redo{std::uint64_t{1} << 30U};
constexpr Lsn before(std::uint64_t bytes) {
  return {redo.bytes - bytes};
}

TEST(StandbySlots, EachMemberGetsOneWhereverItStands) {
  EXPECT_THAT(steps({}, {{.slot = "db_0", .has = redo}, {.slot = "db_2", .has = {}}}, redo),
              ElementsAre(Step{.deed = Deed::create, .slot = "db_0"},
                          Step{.deed = Deed::create, .slot = "db_2"}));
}

TEST(StandbySlots, WhatIsNoMembersIsLeftAlone) {
  EXPECT_THAT(steps({{.slot = "backup", .keeps_from = {}}}, {}, redo), IsEmpty());
}

TEST(StandbySlots, AMemberBehindUsKeepsItsWal) {
  const Held held{.slot = "db_2", .keeps_from = before(8 * worth_advancing)};
  EXPECT_THAT(
      steps({held}, {{.slot = "db_2", .has = before(3 * worth_advancing)}}, redo),
      ElementsAre(Step{.deed = Deed::advance, .slot = "db_2", .to = before(3 * worth_advancing)}));
}

TEST(StandbySlots, NoneGoesBeyondTheCheckpointThatARewindMayNeed) {
  const Held held{.slot = "db_2", .keeps_from = before(worth_advancing)};
  EXPECT_THAT(steps({held}, {{.slot = "db_2", .has = Lsn{redo.bytes * 2}}}, redo),
              ElementsAre(Step{.deed = Deed::advance, .slot = "db_2", .to = redo}));
}

TEST(StandbySlots, NoneGoesBackOrForwardByLessThanASegment) {
  const Held held{.slot = "db_2", .keeps_from = before(worth_advancing)};
  for (const Lsn has : {before(2 * worth_advancing), before(worth_advancing), before(1)})
    EXPECT_THAT(steps({held}, {{.slot = "db_2", .has = has}}, redo), IsEmpty());
}

TEST(StandbySlots, AMemberOfWhichNothingIsKnownKeepsWhatItHas) {
  const Held held{.slot = "db_2", .keeps_from = before(8 * worth_advancing)};
  EXPECT_THAT(steps({held}, {{.slot = "db_2", .has = {}}}, redo), IsEmpty());
}

TEST(StandbySlots, ALostOneAndOneThatHoldsAnXminAreMadeAnew) {
  EXPECT_THAT(steps({{.slot = "db_0", .keeps_from = redo, .holds_xmin = true},
                     {.slot = "db_2", .keeps_from = {}}},
                    {{.slot = "db_0", .has = redo}, {.slot = "db_2", .has = redo}}, redo),
              ElementsAre(Step{.deed = Deed::make_anew, .slot = "db_0"},
                          Step{.deed = Deed::make_anew, .slot = "db_2"}));
}

TEST(StandbySlots, OneThatSomebodyStreamsByIsLeftAlone) {
  EXPECT_THAT(steps({{.slot = "db_2",
                      .keeps_from = before(8 * worth_advancing),
                      .in_use = true,
                      .holds_xmin = true}},
                    {{.slot = "db_2", .has = redo}}, redo),
              IsEmpty());
}

}  // namespace
