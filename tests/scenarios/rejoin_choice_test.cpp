#include "core/rejoin_choice.hpp"

#include <gtest/gtest.h>

// The divergence table: each row a case, the choice and its reason. A standby `own` and the primary
// share timeline 1 up to 0x500 and more, as the rows say.
namespace core::rejoin {

void PrintTo(const Chosen& chosen, std::ostream* out) {
  *out << to_text(chosen.choice) << " because " << to_text(chosen.reason) << ", "
       << chosen.past_fork << " bytes past "
       << (chosen.fork ? to_text(chosen.fork->at) : std::string("-"));
}

namespace {

constexpr SystemId ours{7};

Way way(std::uint32_t timeline, std::uint64_t flushed, std::vector<Fork> history = {}) {
  return {.major = "17",
          .system_id = ours,
          .timeline = {timeline},
          .flushed = {flushed},
          .history = std::move(history)};
}
Fork left(std::uint32_t timeline, std::uint64_t at) {
  return {.timeline = {timeline}, .at = {at}};
}
/// In a cluster whose Lease shows `recorded` as the highest timeline; 0: static mode.
Facts facts(Way own, Way primary, std::uint32_t recorded) {
  return {.own = std::move(own),
          .primary = std::move(primary),
          .wal = {},
          .recorded = recorded == 0 ? std::nullopt : std::optional(Timeline{recorded}),
          .rewind_fails = false};
}
Wal wal(std::uint64_t needs, std::optional<std::uint64_t> oldest, bool slot_lost) {
  return {.needs = {needs},
          .oldest = oldest ? std::optional(Lsn{*oldest}) : std::nullopt,
          .slot_lost = slot_lost};
}
Chosen chosen(Choice choice, Reason reason) {
  return {.choice = choice, .reason = reason, .past_fork = 0, .fork = {}};
}
Chosen parted(Choice choice, Reason reason, std::uint64_t past, Fork fork) {
  return {.choice = choice, .reason = reason, .past_fork = past, .fork = fork};
}

TEST(RejoinChoice, AStandbyThatIsBehindOnTheSameTimelineStreams) {
  const Facts row = facts(way(1, 0x500), way(1, 0x700), 1);
  EXPECT_EQ(choose(row), chosen(Choice::stream, Reason::primary_has_what_we_lack));
}

TEST(RejoinChoice, AStandbyOfTheFormerTimelineFollowsThroughTheFork) {
  const Facts row = facts(way(1, 0x500), way(3, 0x900, {left(1, 0x500), left(2, 0x600)}), 3);
  EXPECT_EQ(choose(row), chosen(Choice::stream, Reason::primary_has_what_we_lack));
}

TEST(RejoinChoice, AnOldPrimaryWithCommitsOfItsOwnIsRewoundAndTheyAreCounted) {
  const Facts row = facts(way(1, 0x580), way(2, 0x900, {left(1, 0x500)}), 2);
  EXPECT_EQ(choose(row), parted(Choice::rewind, Reason::diverged, 0x80, left(1, 0x500)));
}

TEST(RejoinChoice, S5AStandbyAheadOfThePrimaryIsKept) {
  const Facts row = facts(way(1, 0x701), way(1, 0x700), 1);
  EXPECT_EQ(choose(row), chosen(Choice::wait, Reason::ahead_of_primary));
}

TEST(RejoinChoice, S5ATimelineThatGoesOnFromThePrimarysOwnIsAhead) {
  const Facts row = facts(way(2, 0x600, {left(1, 0x500)}), way(1, 0x700), 1);
  EXPECT_EQ(choose(row), chosen(Choice::wait, Reason::ahead_of_primary));
}

TEST(RejoinChoice, OfTwoForksFromOneTimelineTheRecordedOneStands) {
  const Facts row = facts(way(2, 0x600, {left(1, 0x500)}), way(3, 0x900, {left(1, 0x480)}), 3);
  EXPECT_EQ(choose(row), parted(Choice::rewind, Reason::diverged, 0x180, left(1, 0x480)));
}

TEST(RejoinChoice, S5AForkThatNoRecordedTakeOverWentPastIsKept) {
  const Facts higher = facts(way(4, 0x600, {left(1, 0x500)}), way(3, 0x900, {left(1, 0x480)}), 3);
  EXPECT_EQ(choose(higher), parted(Choice::wait, Reason::not_given_up, 0x180, left(1, 0x480)));
  const Facts unrecorded =
      facts(way(2, 0x600, {left(1, 0x500)}), way(3, 0x900, {left(1, 0x480)}), 2);
  EXPECT_EQ(choose(unrecorded), parted(Choice::wait, Reason::not_given_up, 0x180, left(1, 0x480)));
}

TEST(RejoinChoice, TheSameTimelineNumberWithAnotherHistoryIsClonedNotRewound) {
  const Facts row = facts(way(2, 0x600, {left(1, 0x500)}), way(2, 0x900, {left(1, 0x480)}), 2);
  EXPECT_EQ(choose(row),
            parted(Choice::clone, Reason::same_timeline_other_history, 0x180, left(1, 0x480)));
}

TEST(RejoinChoice, AnAncestorOfTheSameNumberWithAnotherBeginningIsSeen) {
  // Timeline 2 is in both histories, and is not the same one.
  const Facts row =
      facts(way(2, 0x520, {left(1, 0x500)}), way(3, 0x900, {left(1, 0x480), left(2, 0x700)}), 3);
  EXPECT_EQ(choose(row), parted(Choice::rewind, Reason::diverged, 0xa0, left(1, 0x480)));
}

TEST(RejoinChoice, AMissingHistoryOfOursIsComparedByNumberAndNeverRewound) {
  const Facts behind = facts(way(2, 0x600), way(3, 0x900, {left(1, 0x500), left(2, 0x600)}), 3);
  EXPECT_EQ(choose(behind), chosen(Choice::stream, Reason::primary_has_what_we_lack));
  const Facts past = facts(way(2, 0x620), way(3, 0x900, {left(1, 0x500), left(2, 0x600)}), 3);
  EXPECT_EQ(choose(past), parted(Choice::clone, Reason::own_history_missing, 0x20, left(2, 0x600)));
  const Facts unknown = facts(way(2, 0x600), way(3, 0x900, {left(1, 0x500)}), 3);
  EXPECT_EQ(choose(unknown), chosen(Choice::clone, Reason::own_history_missing));
  const Facts kept = facts(way(2, 0x600), way(3, 0x900, {left(1, 0x500)}), 0);
  EXPECT_EQ(choose(kept), chosen(Choice::wait, Reason::not_given_up));
}

TEST(RejoinChoice, AMissingHistoryOfThePrimarysIsWaitedFor) {
  const Facts row = facts(way(1, 0x500), way(2, 0x900), 2);
  EXPECT_EQ(choose(row), chosen(Choice::wait, Reason::primary_history_missing));
  const Facts same = facts(way(2, 0x500), way(2, 0x900), 2);
  EXPECT_EQ(choose(same), chosen(Choice::stream, Reason::primary_has_what_we_lack));
}

TEST(RejoinChoice, S9AForeignSystemIdentifierIsKept) {
  Facts row = facts(way(1, 0x500), way(1, 0x700), 1);
  row.primary.system_id = {8};
  EXPECT_EQ(choose(row), chosen(Choice::wait, Reason::foreign_system_identifier));
}

TEST(RejoinChoice, S9AnotherMajorVersionIsKept) {
  Facts row = facts(way(1, 0x500), way(1, 0x700), 1);
  row.primary.major = "18";
  EXPECT_EQ(choose(row), chosen(Choice::wait, Reason::other_major_version));
}

TEST(RejoinChoice, S5HistoriesWithoutACommonAncestorAreKept) {
  const Facts row = facts(way(1, 0x500), way(3, 0x900, {left(2, 0x700)}), 3);
  EXPECT_EQ(choose(row), chosen(Choice::wait, Reason::no_common_ancestor));
}

TEST(RejoinChoice, RemovedWalLeadsToAClone) {
  Facts row = facts(way(1, 0x500), way(1, 0x700), 0);
  row.wal = wal(0x500, 0x600, false);
  EXPECT_EQ(choose(row), chosen(Choice::clone, Reason::wal_removed));
  row.wal = wal(0x600, 0x600, false);
  EXPECT_EQ(choose(row), chosen(Choice::stream, Reason::primary_has_what_we_lack));
}

TEST(RejoinChoice, ALostSlotAloneIsMadeAnewAndWithoutKnowledgeOfTheWalItIsAClone) {
  Facts row = facts(way(1, 0x500), way(1, 0x700), 0);
  row.wal = wal(0x500, 0x500, true);
  EXPECT_EQ(choose(row), chosen(Choice::stream, Reason::primary_has_what_we_lack));
  row.wal = wal(0x500, std::nullopt, true);
  EXPECT_EQ(choose(row), chosen(Choice::clone, Reason::slot_lost));
  row.wal = wal(0x500, std::nullopt, false);
  EXPECT_EQ(choose(row), chosen(Choice::stream, Reason::primary_has_what_we_lack));
}

TEST(RejoinChoice, S5RemovedWalNeverCostsACopyThatIsAhead) {
  Facts row = facts(way(1, 0x701), way(1, 0x700), 0);
  row.wal = wal(0x500, 0x600, true);
  EXPECT_EQ(choose(row), chosen(Choice::wait, Reason::ahead_of_primary));
}

TEST(RejoinChoice, S5InStaticModeNoTakeOverIsRecordedSoADivergedCopyIsKept) {
  const Facts row = facts(way(1, 0x580), way(2, 0x900, {left(1, 0x500)}), 0);
  EXPECT_EQ(choose(row), parted(Choice::wait, Reason::not_given_up, 0x80, left(1, 0x500)));
}

TEST(RejoinChoice, ARewindThatFailsAgainAndAgainLeadsToAClone) {
  Facts row = facts(way(1, 0x580), way(2, 0x900, {left(1, 0x500)}), 2);
  row.rewind_fails = true;
  EXPECT_EQ(choose(row), parted(Choice::clone, Reason::rewind_failed, 0x80, left(1, 0x500)));
}

TEST(RejoinChoice, AnEmptyVolumeIsCloned) {
  Facts row = facts(way(1, 0), way(1, 0x700), 0);
  row.own.reset();
  EXPECT_EQ(choose(row), chosen(Choice::clone, Reason::volume_empty));
}

TEST(RejoinChoice, TheFactsAndTheChoiceAreOneLine) {
  Facts row = facts(way(1, 0x580), way(2, 0x900, {left(1, 0x500)}), 2);
  row.wal = wal(0x500, 0x600, false);
  EXPECT_EQ(to_text(Judged{.facts = row, .chosen = choose(row)}),
            "choice=rewind because=diverged own={system identifier 7, timeline 1, WAL up to 0/580, "
            "history none, PostgreSQL 17} primary={system identifier 7, timeline 2, WAL up to "
            "0/900, history 1@0/500, PostgreSQL 17} wal={needs 0/500, the primary's begins at "
            "0/600, slot not lost} recorded_timeline=2 parted_at=0/500 on timeline 1, 128 bytes "
            "past it");
}

}  // namespace
}  // namespace core::rejoin
