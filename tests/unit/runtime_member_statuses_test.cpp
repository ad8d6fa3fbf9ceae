#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http_fixture.hpp"
#include "http_status_fixture.hpp"
#include "runtime/member_statuses.hpp"

namespace {

using namespace http_test;
using testing::ElementsAre;

/// pg-0 asks; pg-1 answers, the others do as their name in `errors` says.
struct MemberStatuses : testing::Test {
  std::vector<std::string> names() {
    runtime::Roll roll{
        .peers = {{"pg-1"}, {"pg-2"}, {"pg-3"}, {"pg-4"}},
        .ask =
            [this](core::PodName pod) -> asio::awaitable<std::expected<core::Status, std::string>> {
          if (pod.text == "pg-1") co_return answer;
          co_return std::unexpected(pod.text + " did not answer in time");
        },
        .own = [this] { return own; },
        .known = [this] { return known; }};
    const std::string text =
        Fixture::run(runtime::member_statuses(test_loop().get_executor(), std::move(roll)));
    const auto members = http::parse_members(text);
    std::vector<std::string> all;
    for (const http::MemberStatus& member : members.value_or(std::vector<http::MemberStatus>{}))
      all.push_back(member.pod + (member.status ? "" : ": " + member.status.error()));
    return all;
  }
  core::Status own = primary();
  core::Status answer = standby();
  std::set<std::string> known{};
};

TEST_F(MemberStatuses, OfWhoAnswersAndOfWhomTheWalsendersShow) {
  EXPECT_THAT(names(), ElementsAre("pg-0", "pg-1", "pg-2: pg-2 did not answer in time"));
}

TEST_F(MemberStatuses, AStandbyShowsWhoIsKnownOtherwise) {
  own = standby();
  own.pod = "pg-0";
  EXPECT_THAT(names(), ElementsAre("pg-0", "pg-1"));
  known = {"pg-4"};
  EXPECT_THAT(names(), ElementsAre("pg-0", "pg-1", "pg-4: pg-4 did not answer in time"));
}

TEST_F(MemberStatuses, WhomAnAnswerShowsIsKnown) {
  own.standbys.reset();
  answer.standbys = {{{.pod = "pg-3", .flushed = {1}, .lag_bytes = 0}}};
  EXPECT_THAT(names(), ElementsAre("pg-0", "pg-1", "pg-3: pg-3 did not answer in time"));
}

TEST(PeersOf, EveryOrdinalThatMayExistButOurOwn) {
  core::ClusterSettings cluster;
  cluster.identity = core::Identity{.statefulset = "pg", .ordinal = {4}, .domain = ""};
  cluster.primary = {3};
  cluster.max_members = 3;
  EXPECT_THAT(runtime::peers_of(cluster),
              ElementsAre(core::PodName{"pg-3"}, core::PodName{"pg-5"}));
}

}  // namespace
