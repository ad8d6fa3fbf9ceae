#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/metrics.hpp"
#include "http/pages.hpp"
#include "http/status_text.hpp"
#include "http_status_fixture.hpp"

namespace {

using namespace http_test;
using core::Status;
using testing::HasSubstr;
using testing::Not;

/// What the JSON does not carry is of no use to the command `status`.
Status as_carried(Status status) {
  status.lease_writes.reset();
  status.role_changes.clear();
  status.last_outage.reset();
  status.lag.reset();
  status.slots.reset();
  if (status.standbys) {
    for (Status::Standby& each : *status.standbys)
      each.lag.reset();
  }
  status.volumes.clear();
  status.loop.reset();
  status.version.clear();
  return status;
}

TEST(HttpStatusText, EveryStatusComesBackAsItWas) {
  Status silent{.pod = "pg-9", .decided = true, .reason = "volume_empty"};
  for (const Status& status : {primary(), standby(), cloning(), silent}) {
    const auto parsed = http::parse_status(http::to_text(status));
    ASSERT_TRUE(parsed) << parsed.error();
    EXPECT_EQ(*parsed, as_carried(status)) << http::to_text(status);
  }
}

TEST(HttpStatusText, WhatIsNotKnownIsAbsentAndNeverZero) {
  const std::string text = http::to_text(cloning());
  for (const auto* name :
       {"\"timeline\":0", "lag_bytes", "\"lsn\"", "follows", "streams", "\"role\""})
    EXPECT_THAT(text, Not(HasSubstr(name)));
  EXPECT_THAT(text, HasSubstr(R"("version":1)"));
  EXPECT_THAT(text, HasSubstr(R"("ready":false)"));
  EXPECT_THAT(text,
              HasSubstr(R"("action":{"name":"clone","seconds":7.2E3,"done_bytes":32212254720)"));
}

TEST(HttpStatusText, WhatIsNoStatusIsSaid) {
  EXPECT_EQ(http::parse_status("[]").error(), "no JSON object");
  EXPECT_EQ(http::parse_status("{}").error(), "\"pod\" is missing");
  std::string text = http::to_text(primary());
  text.replace(text.find("\"accepting\""), 11, "\"asleep\"");
  EXPECT_EQ(http::parse_status(text).error(), "\"state\" is no state of a server");
}

TEST(HttpStatusText, MembersThatDoNotAnswerAreAmongTheOthers) {
  const std::vector<http::MemberStatus> members = {
      {.pod = "pg-0", .status = as_carried(primary())},
      {.pod = "pg-1", .status = std::unexpected("pg-1 did not answer in time")}};
  const auto parsed = http::parse_members(http::to_text(members));
  ASSERT_TRUE(parsed) << parsed.error();
  ASSERT_EQ(parsed->size(), 2U);
  EXPECT_EQ(parsed->front().status, members.front().status);
  EXPECT_EQ(parsed->back().status.error(), "pg-1 did not answer in time");
}

TEST(HttpStatusText, TheClusterIsWhatThePodKnows) {
  EXPECT_THAT(http::cluster_text(primary()),
              HasSubstr(R"("primary":"pg-0","lease":{"holder":"pg-0")"));
  EXPECT_THAT(http::cluster_text(primary()),
              HasSubstr(R"({"name":"pg-2","role":"standby","state":"streaming","lag_bytes":96})"));
  const std::string seen = http::cluster_text(standby());
  EXPECT_THAT(seen, HasSubstr(R"({"name":"pg-0","role":"primary"})"));
  Status alone = primary();
  alone.mode = core::Mode::standalone;
  alone.lease.reset();
  alone.standbys.reset();
  EXPECT_THAT(http::cluster_text(alone),
              HasSubstr(R"("primary":"pg-0","members":[{"name":"pg-0")"));
}

/// Every family of a page, each with its help and its type, in front of its samples.
std::set<std::string> families(const std::string& page) {
  std::set<std::string> found;
  std::string family;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_TRUE(found.insert(family).second) << family << " is there twice";
      EXPECT_TRUE(line.ends_with('.')) << line;
    } else if (line.starts_with("# TYPE ")) {
      EXPECT_TRUE(line.starts_with("# TYPE " + family + " ")) << line;
    } else {
      EXPECT_TRUE(line.starts_with(family)) << line;
    }
  }
  return found;
}

TEST(HttpMetrics, EveryFamilyHasHelpAndTypeAndIsThereOnce) {
  for (const Status& status : {primary(), standby(), cloning(), Status{}})
    EXPECT_FALSE(families(http::metrics(status)).empty());
}

TEST(HttpMetrics, ShowsWhatIsKnown) {
  Status status = primary();
  status.loop->add(std::chrono::milliseconds(3));
  status.loop->add(std::chrono::seconds(3));
  const std::string page = http::metrics(status);
  for (const auto* line : {"pgordinal_primary 1\n",
                           "pgordinal_timeline 4\n",
                           "pgordinal_fence_margin_seconds 7.500000\n",
                           "pgordinal_lease_remaining_seconds 8.500000\n",
                           "pgordinal_failover_candidates 2\n",
                           "pgordinal_failover_paused 0\n",
                           "pgordinal_standby_flush_lag_bytes{standby=\"pg-2\"} 96\n",
                           "pgordinal_lease_writes_total{outcome=\"unknown\"} 3\n",
                           "pgordinal_volume_available_bytes{volume=\"data\"} 400\n",
                           "pgordinal_build_info{version=\"1.0\",mode=\"elected\"} 1\n",
                           "pgordinal_loop_latency_seconds_bucket{le=\"0.005000\"} 1\n",
                           "pgordinal_loop_latency_seconds_bucket{le=\"2.000000\"} 1\n",
                           "pgordinal_loop_latency_seconds_bucket{le=\"+Inf\"} 2\n",
                           "pgordinal_standby_replay_lag_seconds{standby=\"pg-1\"} 0.250000\n",
                           "pgordinal_standby_replay_lag_seconds{standby=\"pg-2\"} 0.000000\n",
                           "pgordinal_slot_active{slot=\"pg_1\"} 1\n",
                           "pgordinal_slot_active{slot=\"pg_9\"} 0\n",
                           "pgordinal_slot_retained_wal_bytes{slot=\"pg_1\"} 96\n",
                           "pgordinal_role_changes_total{to=\"primary\",reason=\"takes_over\"} 1\n",
                           "pgordinal_last_outage_seconds 1.500000\n",
                           "pgordinal_loop_latency_seconds_sum 3.003000\n",
                           "pgordinal_loop_latency_seconds_count 2\n"})
    EXPECT_THAT(page, HasSubstr(line));
  EXPECT_THAT(page, Not(HasSubstr("retained_wal_bytes{slot=\"pg_9\"}")));
  EXPECT_THAT(http::metrics(standby()), HasSubstr("pgordinal_replay_lag_seconds 0.500000\n"));
  EXPECT_THAT(http::metrics(cloning()), HasSubstr("pgordinal_action_done_bytes 32212254720\n"));
}

TEST(HttpMetrics, WhatIsNotKnownHasNoLine) {
  const std::string page = http::metrics(cloning());
  for (const auto* name : {"timeline ", "replay_lag", "streaming", "fence_margin", "wal_position"})
    EXPECT_THAT(page, Not(HasSubstr(std::string("pgordinal_") + name)));
}

/// Debian's package prometheus.
TEST(HttpMetrics, PromtoolHasNothingToSay) {
  for (const Status& status : {primary(), standby(), cloning(), Status{}}) {
    const std::string path = testing::TempDir() + "metrics.txt";
    std::ofstream(path) << http::metrics(status);
    std::FILE* said = ::popen(("promtool check metrics < " + path + " 2>&1").c_str(), "r");
    ASSERT_NE(said, nullptr);
    std::string text;
    std::array<char, 512> piece{};
    while (std::fgets(piece.data(), piece.size(), said) != nullptr)
      text += piece.data();
    EXPECT_EQ(::pclose(said), 0) << text;
    EXPECT_EQ(text, "");
  }
}

/// K1, and no crash, whatever is asked: the same damage in every run.
TEST(HttpPages, AnyTargetIsAnsweredWithOneOfItsCodes) {
  std::mt19937 chance(7);
  const std::string alphabet = "/?&=%abglrtyvkMGB019-_ \\\"\r\n\xff";
  const std::vector<std::string> begin = {"/replica?lag=", "/readyz?", "/status", "/", ""};
  const std::set<int> codes = {200, 400, 404, 503};
  for (int round = 0; round < 20000; ++round) {
    std::string target = begin[chance() % begin.size()];
    for (unsigned length = chance() % 40; length > 0; --length)
      target += alphabet[chance() % alphabet.size()];
    const http::Page page = http::show(standby(), target);
    EXPECT_TRUE(codes.contains(page.status)) << target;
    EXPECT_TRUE(page.body.ends_with('\n')) << target;
  }
}

}  // namespace
