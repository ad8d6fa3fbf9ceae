#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http_status_fixture.hpp"
#include "runtime/status_table.hpp"

namespace {

using namespace http_test;
using core::Status;
using runtime::status_table;
using testing::HasSubstr;
using Members = std::vector<http::MemberStatus>;

http::MemberStatus said(Status status, const std::string& pod) {
  status.pod = pod;
  return {.pod = pod, .status = std::move(status)};
}

Members healthy() {
  return {said(primary(), "pg-0"), said(standby(), "pg-1"), said(standby(), "pg-2")};
}

std::size_t longest_line(const std::string& text) {
  std::size_t longest = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    longest = std::max(longest, line.size());
  return longest;
}

TEST(StatusTable, OfAHealthyCluster) {
  EXPECT_EQ(status_table(healthy()),
            "Primary: pg-0 for 3 h, timeline 4, at 0/3000060; may take over: pg-1, pg-2\n"
            "\n"
            "POD   ROLE     STATE      TIMELINE  LAG   TAKES OVER  READY\n"
            "pg-0  primary  accepting  4         -     -           yes\n"
            "pg-1  standby  streaming  4         2 kB  yes         yes\n"
            "pg-2  standby  streaming  4         2 kB  yes         yes\n"
            "\n"
            "To do: nothing; every standby may take over\n");
  EXPECT_TRUE(runtime::is_well(healthy()));
}

TEST(StatusTable, OfADegradedClusterSaysWhyAndWhatToDo) {
  Members members = healthy();
  members[1] = said(cloning(), "pg-1");
  members[2].status = std::unexpected("pg-2 did not answer in time");
  const std::string text = status_table(members);
  EXPECT_THAT(text, HasSubstr("pg-1  -        clone 30 %  -         -    yes         no\n"));
  EXPECT_THAT(text, HasSubstr("pg-1: no server runs: clone in progress for 2 h, 30 GB of 100 GB"));
  EXPECT_THAT(text, HasSubstr("pg-2: pg-2 did not answer in time\n"));
  EXPECT_THAT(text, HasSubstr("To do: the primary serves;"));
  EXPECT_FALSE(runtime::is_well(members));
}

TEST(StatusTable, WithoutAPrimaryTheLeaseIsShown) {
  Members members = {said(standby(), "pg-1"), said(standby(), "pg-2")};
  members[0].status->streams = false;
  const std::string text = status_table(members);
  EXPECT_THAT(text, HasSubstr("Primary: none accepts writes now; the Lease is held by pg-0, last "
                              "renewed"));
  EXPECT_THAT(text, HasSubstr("pg-1: the standby does not stream from pg-0. Its last decision: "
                              "standby of pg-0"));
  EXPECT_FALSE(runtime::is_well(members));
  EXPECT_THAT(status_table({}), HasSubstr("no member that answers knows of a Lease"));
}

TEST(StatusTable, AStandbyThatMayNotTakeOverIsNoReasonToSayNothing) {
  Members members = healthy();
  members[0].status->lease->candidates = {"pg-1"};
  EXPECT_THAT(status_table(members), HasSubstr("To do: a standby is not on the list"));
}

TEST(StatusTable, WhileAutomaticFailoverIsPausedItSaysSo) {
  Members members = healthy();
  for (http::MemberStatus& member : members)
    member.status->lease->paused = true;
  std::string text = status_table(members);
  EXPECT_THAT(text, HasSubstr("told to: automatic failover is paused"));
  EXPECT_THAT(text, HasSubstr("To do: `pgordinal resume` when the work is done"));
  members[0].status = std::unexpected("pg-0 does not answer");
  text = status_table(members);
  EXPECT_THAT(text, HasSubstr("To do: `pgordinal resume` lets a standby take over"));
}

Members statically() {
  Members members = healthy();
  for (http::MemberStatus& member : members) {
    member.status->mode = core::Mode::static_primary;
    member.status->lease.reset();
    member.status->held_for.reset();
    member.status->in_force.reset();
  }
  return members;
}

TEST(StatusTable, OfAClusterOfStaticMode) {
  Members members = statically();
  EXPECT_EQ(status_table(members),
            "Primary: pg-0 for 3 h, timeline 4, at 0/3000060\n"
            "\n"
            "POD   ROLE     STATE      TIMELINE  LAG   TAKES OVER  READY\n"
            "pg-0  primary  accepting  4         -     -           yes\n"
            "pg-1  standby  streaming  4         2 kB  -           yes\n"
            "pg-2  standby  streaming  4         2 kB  -           yes\n"
            "\n"
            "To do: nothing; in static mode nobody takes over from the primary\n");
  members[0].status = std::unexpected("pg-0 has no address: no such name");
  const std::string text = status_table(members);
  EXPECT_THAT(text, HasSubstr("Primary: none accepts writes now; in static mode it is always the"));
  EXPECT_THAT(text, HasSubstr("pg-0: pg-0 has no address: no such name\n"));
  EXPECT_THAT(text, HasSubstr("To do: start the primary's pod"));
}

TEST(StatusTable, OfAServerAlone) {
  Members members = {statically()[0]};
  members[0].status->mode = core::Mode::standalone;
  EXPECT_THAT(status_table(members), HasSubstr("To do: nothing\n"));
  members[0].status->server = core::ServerState::starting;
  EXPECT_THAT(status_table(members), HasSubstr("Primary: this server does not accept writes now"));
}

TEST(StatusTable, ColoursAreForTerminalsAlone) {
  Members members = healthy();
  members[2].status = std::unexpected("pg-2 did not answer in time");
  const std::string plain = status_table(members);
  std::string coloured = status_table(members, runtime::Colours::terminal);
  EXPECT_THAT(plain, testing::Not(HasSubstr("\033")));
  EXPECT_THAT(coloured, HasSubstr("pg-0  \033[1mprimary\033[0m  accepting"));
  EXPECT_THAT(coloured, HasSubstr("\033[31mno answer\033[0m"));
  EXPECT_THAT(coloured, HasSubstr("  \033[32myes\033[0m\n"));
  for (auto at = coloured.find('\033'); at != std::string::npos; at = coloured.find('\033'))
    coloured.erase(at, coloured.find('m', at) - at + 1);
  EXPECT_EQ(coloured, plain);
}

TEST(StatusTable, AMembersWordsDoNotSteerATerminal) {
  Members members = healthy();
  members[1].status->streams = false;
  members[1].status->text = "a\033[2Jb\x7f";
  const std::string text = status_table(members);
  EXPECT_THAT(text, testing::Not(HasSubstr("\033")));
  EXPECT_THAT(text, HasSubstr("a?[2Jb?"));
}

TEST(StatusTable, FitsEightyColumnsWhateverTheNamesAre) {
  const std::string name = std::string(200, 'n') + "-1";
  Members members = healthy();
  members[1] = said(cloning(), name);
  const std::string text = status_table(members);
  // The name itself, where it begins a line, is the one word that is not broken.
  std::istringstream lines(text.substr(text.find("POD")));
  for (std::string line; std::getline(lines, line) && !line.empty();)
    EXPECT_LE(line.size(), 80U) << line;
  EXPECT_LE(longest_line(status_table(healthy())), 80U);
}

}  // namespace
