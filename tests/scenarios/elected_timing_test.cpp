#include <gtest/gtest.h>

#include "core/elected/reason.hpp"
#include "core/elected/timing.hpp"

// PROTOCOL section 2: the relations between the durations.
namespace core::elected {
namespace {

using namespace std::chrono_literals;

TEST(R10, BothProfilesAreWithoutContradiction) {
  EXPECT_EQ(contradiction(default_timing()), std::nullopt);
  EXPECT_EQ(contradiction(fast_timing()), std::nullopt);
}

TEST(R10, AFenceThatIsNotBeforeTheTakeOverIsRefusedWithBothValues) {
  // given
  Timing timing = default_timing();
  timing.fence = 9900ms;
  // when
  const auto found = contradiction(timing);
  // then
  ASSERT_TRUE(found);
  EXPECT_NE(found->find("9.900 s"), std::string::npos) << *found;
  EXPECT_NE(found->find("10.000 s"), std::string::npos) << *found;
}

TEST(R10, EachRelationIsChecked) {
  Timing late_renewal = default_timing();
  late_renewal.renew = 3s;
  EXPECT_TRUE(contradiction(late_renewal));
  Timing late_demotion = default_timing();
  late_demotion.demote = 9s;
  EXPECT_TRUE(contradiction(late_demotion));
  Timing nothing = default_timing();
  nothing.renew = 0s;
  EXPECT_TRUE(contradiction(nothing));
}

TEST(R8, TheInstantsCountFromTheSendTime) {
  // given
  const Instant sent{100s};
  // when
  const Deadlines times = deadlines(default_timing(), 10s, sent);
  // then
  EXPECT_EQ(times.demote, Instant{106s});
  EXPECT_EQ(times.fence, Instant{109s});
  EXPECT_LT(times.demote, times.immediate);
  EXPECT_LT(times.immediate, times.fence);
}

TEST(R9, AShorterDurationShortensTheHoldersInstants) {
  // given
  const Instant sent{100s};
  // when
  const Deadlines times = deadlines(default_timing(), 4s, sent);
  // then
  EXPECT_EQ(times.demote, Instant{102400ms});
  EXPECT_EQ(times.fence, Instant{103600ms});
}

TEST(R9, ALongerDurationChangesNothing) {
  const Instant sent{100s};
  EXPECT_EQ(deadlines(default_timing(), 60s, sent).fence, Instant{109s});
}

TEST(ElectedReason, HasANameOfItsOwn) {
  std::map<std::string_view, std::size_t> names;
  for (std::size_t i = 0; i < static_cast<std::size_t>(Reason::count_); ++i) {
    const auto [found, anew] = names.emplace(to_text(static_cast<Reason>(i)), i);
    EXPECT_TRUE(anew) << found->first;
  }
  EXPECT_EQ(to_text(Reason::demotion_due), "demotion_due");
  EXPECT_EQ(to_text(Reason::leaves), "leaves");
}

}  // namespace
}  // namespace core::elected
