#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "postgres/bootstrap_marker.hpp"
#include "postgres/data_directory.hpp"
#include "postgres/files.hpp"
#include "postgres/member_file.hpp"
#include "postgres/ownership.hpp"
#include "runtime_fixture.hpp"

namespace {

namespace fs = std::filesystem;
using core::directory::Bootstrap;
using core::directory::Empty;
using core::directory::Unfinished;
using core::directory::Unusable;
using core::elected::DataId;
using core::elected::Withdrawal;
using postgres::MemberFile;

const core::PodName us{"postgresql-1"};
const MemberFile full{.pod = "postgresql-1",
                      .data = DataId{0xffff'ffff'ffff'ffff},
                      .transitions = 4'000'000'000,
                      .claimed = {7},
                      .withdrawn = Withdrawal{.transitions = 4, .number = 12}};

class MemberFileOnDisk : public testing::Test {
 protected:
  [[nodiscard]] const fs::path& pgdata() const { return scratch.path(); }
  template <class Kind>
  [[nodiscard]] bool is() const {
    return std::holds_alternative<Kind>(postgres::inspect(pgdata()));
  }
  [[nodiscard]] std::string refusal(std::string_view text) const {
    scratch.file("pgordinal.member", text);
    const auto read = postgres::read_member_file(pgdata());
    return read ? "it was read" : read.error().what + " " + read.error().remedy;
  }

  runtime_test::Scratch scratch;
};

TEST_F(MemberFileOnDisk, KeepsAllItSaysAndIsClosedToOthers) {
  EXPECT_EQ(postgres::read_member_file(pgdata()).value(), std::nullopt);
  ASSERT_TRUE(postgres::write_member_file(pgdata(), full));

  EXPECT_EQ(postgres::read_member_file(pgdata()).value(), full);
  struct stat found{};
  ASSERT_EQ(stat((pgdata() / "pgordinal.member").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777U, 0600U);

  ASSERT_TRUE(postgres::write_member_file(pgdata(), {.pod = us.text}));
  EXPECT_EQ(postgres::read_member_file(pgdata()).value(), MemberFile{.pod = us.text});
}

TEST_F(MemberFileOnDisk, GarbageIsNamedWithTheWayOut) {
  EXPECT_THAT(refusal("pod=a\ndata_id=12x\n"),
              testing::AllOf(testing::HasSubstr("pgordinal.member cannot be understood"),
                             testing::HasSubstr("`data_id=12x`"),
                             testing::HasSubstr("Remove that file alone")));
  EXPECT_THAT(refusal("pod=a\ntransitions=-1\n"), testing::HasSubstr("transitions=-1"));
  EXPECT_THAT(refusal("pod=a\ntransitions=4294967296\n"), testing::HasSubstr("4294967296"));
  EXPECT_THAT(refusal("pod=a\nwithdrawn=4\n"), testing::HasSubstr("withdrawn=4"));
  EXPECT_THAT(refusal("pod=a\nwithdrawn=4 5 6\n"), testing::HasSubstr("withdrawn=4 5 6"));
  EXPECT_THAT(refusal("pod=a\nmood=good\n"), testing::HasSubstr("mood=good"));
  EXPECT_THAT(refusal("pod=a\ndata_id=1"), testing::HasSubstr("cut off"));
  EXPECT_THAT(refusal(std::string(5000, 'x') + "\n"), testing::SizeIs(testing::Lt(500)));
  EXPECT_THAT(refusal("data_id=1\n"), testing::HasSubstr("names no pod"));
  EXPECT_THAT(refusal(""), testing::HasSubstr("names no pod"));
  EXPECT_FALSE(postgres::member_of(pgdata(), us));
  EXPECT_FALSE(postgres::drop_data_id(pgdata(), us)) << "and what is not understood is kept";
  EXPECT_EQ(scratch.text("pgordinal.member"), "");
}

TEST_F(MemberFileOnDisk, R4ACopyOfAnotherVolumeHasNoDataIdButWhatItSawWasSeen) {
  EXPECT_EQ(postgres::member_of(pgdata(), us).value(), MemberFile{.pod = us.text});
  ASSERT_TRUE(postgres::write_member_file(pgdata(), full));

  EXPECT_EQ(postgres::member_of(pgdata(), us).value(), full);
  const auto copied = postgres::member_of(pgdata(), {"postgresql-2"}).value();

  EXPECT_EQ(copied, (MemberFile{.pod = "postgresql-2",
                                .data = std::nullopt,
                                .transitions = full.transitions,
                                .claimed = full.claimed,
                                .withdrawn = std::nullopt}));
}

TEST_F(MemberFileOnDisk, R4TheDataIdGoesBeforeTheDataAndANewOneComesBehindIt) {
  ASSERT_TRUE(postgres::write_member_file(pgdata(), full));

  ASSERT_TRUE(postgres::drop_data_id(pgdata(), us));
  auto expected = full;
  expected.data.reset();
  EXPECT_EQ(postgres::member_of(pgdata(), us).value(), expected) << "R26: still withdrawn";

  ASSERT_TRUE(postgres::give_data_id(pgdata(), us, DataId{9}));
  expected.data = DataId{9};
  expected.withdrawn.reset();
  EXPECT_EQ(postgres::member_of(pgdata(), us).value(), expected);
}

TEST_F(MemberFileOnDisk, APgdataThatHoldsNothingElseIsEmpty) {
  ASSERT_TRUE(postgres::write_member_file(pgdata(), full));
  EXPECT_TRUE(is<Empty>());
  scratch.file("pgordinal.member.tmp", "po");
  scratch.file("pgordinal.bootstrap.tmp", "");
  EXPECT_TRUE(is<Empty>());
  ASSERT_TRUE(postgres::prepare_data_directory(pgdata(), std::nullopt));
  EXPECT_TRUE(is<Empty>());

  scratch.file("pgordinal.members", "");
  const auto content = postgres::inspect(pgdata());
  const auto* unusable = std::get_if<Unusable>(&content);
  ASSERT_NE(unusable, nullptr);
  EXPECT_THAT(unusable->what, testing::EndsWith("there is pgordinal.members."));
}

TEST_F(MemberFileOnDisk, S7ADiscardLeavesItAndAnInterruptedOneIsRepeated) {
  ASSERT_TRUE(postgres::write_member_file(pgdata(), full));
  ASSERT_TRUE(postgres::write_marker(pgdata(), {.kind = Bootstrap::clone, .major = "17"}));
  fs::create_directories(postgres::staging_directory(pgdata()) / "base/1");
  EXPECT_TRUE(is<Unfinished>());

  const auto done = postgres::discard(pgdata());

  ASSERT_TRUE(done) << done.error().what;
  EXPECT_TRUE(is<Empty>());
  EXPECT_EQ(postgres::member_of(pgdata(), us).value(), full);
}

TEST_F(MemberFileOnDisk, ACloneDropsTheSourcesAndLeavesOurs) {
  ASSERT_TRUE(postgres::write_member_file(pgdata(), full));
  const fs::path staging = postgres::staging_directory(pgdata());
  fs::create_directories(staging / "base/1");
  std::ofstream(staging / "PG_VERSION") << "17\n";
  ASSERT_TRUE(postgres::write_member_file(staging, {.pod = "postgresql-0", .data = DataId{1}}));
  ASSERT_TRUE(postgres::write_marker(
      pgdata(),
      {.kind = Bootstrap::clone, .phase = postgres::Phase::adopting, .system_id = {{42}}}));

  const auto done = postgres::adopt_staged(pgdata());

  ASSERT_TRUE(done) << done.error().what;
  EXPECT_EQ(postgres::read_member_file(pgdata()).value(), full);
  EXPECT_TRUE(fs::exists(pgdata() / "base/1"));
}

}  // namespace
