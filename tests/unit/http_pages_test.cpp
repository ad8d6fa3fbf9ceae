#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/pages.hpp"
#include "http_status_fixture.hpp"

/// What a pod answers in each state that it can be in: probes, and load balancers.
namespace {

using namespace http_test;
using namespace std::chrono_literals;
using core::Mode;
using core::ServerState;
using core::Status;
using testing::HasSubstr;

/// `status` with something changed.
template <class Change>
Status with(Status status, Change change) {
  change(status);
  return status;
}

const auto of_mode = [](Mode mode) {
  return [mode](Status& status) {
    status.mode = mode;
    status.lease.reset();
    status.in_force.reset();
    status.held_for.reset();
    status.lease_writes.reset();
  };
};

struct Case {
  const char* name;
  Status status;
  bool ready;
  bool primary;
  bool replica;
  const char* why;  ///< a part of what /readyz says
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"primary", primary(), true, true, false, "ok: primary"},
      // The API is down, and the Lease is in force still: by its own count, or because all
      // promised.
      {"primary, the API away", with(primary(), [](Status& s) { s.lease->remaining = -5s; }), true,
       true, false, "ok: primary"},
      {"primary, fenced", with(primary(), [](Status& s) { s.in_force.reset(); }), false, false,
       false, "does not hold the Lease"},
      {"primary, starting", with(primary(), [](Status& s) { s.server = ServerState::starting; }),
       false, false, false, "starts or recovers"},
      {"primary, stopping", with(primary(), [](Status& s) { s.stopping = true; }), false, false,
       false, "being stopped"},
      {"primary, shutting down",
       with(primary(), [](Status& s) { s.server = ServerState::stopping; }), false, false, false,
       "being shut down"},
      {"primary, crashed",
       with(primary(),
            [](Status& s) {
              s.server = ServerState::ended;
              s.role.reset();
            }),
       false, false, false, "no server runs: this pod is the primary"},
      {"static primary", with(primary(), of_mode(Mode::static_primary)), true, true, false,
       "primary"},
      {"standalone", with(primary(), of_mode(Mode::standalone)), true, true, false, "primary"},
      {"standby", standby(), true, false, true, "ok: standby"},
      {"standby, lag not known", with(standby(), [](Status& s) { s.lag_bytes.reset(); }), true,
       false, true, "ok: standby"},
      {"standby, far behind", with(standby(), [](Status& s) { s.lag_bytes = *s.lag_limit + 1; }),
       false, false, true, "the standby is 1 GB behind its primary, http.lag_limit is 1 GB"},
      {"standby, far behind, no limit",
       with(standby(),
            [](Status& s) {
              s.lag_bytes = *s.lag_limit + 1;
              s.lag_limit.reset();
            }),
       true, false, true, "ok: standby"},
      {"standby without its stream", with(standby(), [](Status& s) { s.streams = false; }), false,
       false, true, "does not stream from pg-0"},
      {"standby that was not asked yet", with(standby(), [](Status& s) { s.streams.reset(); }),
       false, false, true, "not known whether"},
      {"standby, recovering", with(standby(), [](Status& s) { s.server = ServerState::replaying; }),
       false, false, false, "replays"},
      {"standalone that recovers an archive", with(standby(), of_mode(Mode::standalone)), true,
       false, true, "ok: standby"},
      {"clone running", cloning(), false, false, false,
       "no server runs: clone in progress for 2 h, 30 GB of 100 GB"},
      {"bootstrap", with(cloning(), [](Status& s) { s.action = {{.name = "bootstrap"}}; }), false,
       false, false, "bootstrap in progress"},
      {"waiting for the primary",
       with(cloning(),
            [](Status& s) {
              s.action.reset();
              s.text = "waiting for the primary pg-0";
            }),
       false, false, false, "waiting for the primary pg-0"},
      {"L6: waiting for a pod that comes later",
       with(standby(),
            [](Status& s) {
              s.streams = false;
              s.waits_for_later = "pg-2";
            }),
       true, false, true, "waits for pg-2"},
      {"L6 does not hold while stopping",
       with(standby(),
            [](Status& s) {
              s.stopping = true;
              s.waits_for_later = "pg-2";
            }),
       false, false, false, "being stopped"},
  };
  return all;
}

int code(const Status& status, std::string_view target) {
  return http::show(status, target).status;
}

TEST(HttpPages, EveryStateHasItsAnswers) {
  for (const Case& each : cases()) {
    const http::Page page = http::show(each.status, "/readyz");
    EXPECT_EQ(page.status, each.ready ? 200 : 503) << each.name;
    EXPECT_THAT(page.body, HasSubstr(each.why)) << each.name;
    for (const auto* path :
         {"/", "/primary", "/master", "/read-write", "/leader", "/read-only-sync"})
      EXPECT_EQ(code(each.status, path), each.primary ? 200 : 503) << each.name << path;
    for (const auto* path : {"/replica", "/async"})
      EXPECT_EQ(code(each.status, path), each.replica ? 200 : 503) << each.name << path;
    EXPECT_EQ(code(each.status, "/read-only"), each.primary || each.replica ? 200 : 503)
        << each.name;
    const bool accepts = each.status.server == ServerState::accepting;
    EXPECT_EQ(code(each.status, "/health"), accepts ? 200 : 503) << each.name;
    for (const auto* path : {"/sync", "/quorum", "/standby-leader"})
      EXPECT_EQ(code(each.status, path), 503) << each.name << path;
    for (const auto* path : {"/livez", "/startupz", "/status", "/cluster", "/metrics"})
      EXPECT_EQ(code(each.status, path), 200) << each.name << path;
  }
}

TEST(HttpPages, StartupIsTheFirstDecisionAndNotTheServersStart) {
  Status status = cloning();
  EXPECT_EQ(code(status, "/startupz"), 200);
  status.decided = false;
  EXPECT_EQ(code(status, "/startupz"), 503);
  EXPECT_EQ(code(status, "/livez"), 200);
}

TEST(HttpPages, VerboseReadinessNamesEachCheck) {
  EXPECT_EQ(http::show(standby(), "/readyz?verbose").body,
            "[+] server: accepts connections\n[+] stream: streams from pg-0\n[+] lag: 2 kB behind\n"
            "readyz: ok\n");
  Status fenced = primary();
  fenced.in_force.reset();
  EXPECT_EQ(
      http::show(fenced, "/readyz?verbose=1").body,
      "[+] server: accepts connections\n[-] lease: this pod does not hold the Lease: this pod "
      "is the primary\nreadyz: not ready\n");
}

TEST(HttpPages, AReplicasLagIsComparedInAnyUnit) {
  const std::map<std::string, int> expected = {{"lag=2048", 200},
                                               {"lag=2047", 503},
                                               {"lag=2kB", 200},
                                               {"lag=1kB", 503},
                                               {"lag=1MB", 200},
                                               {"lag=16GB", 200},
                                               {"lag=2048B", 200},
                                               {"lag=0", 503},
                                               {"lag=1TB", 200},
                                               {"lag=", 400},
                                               {"lag=x", 400},
                                               {"lag=-1", 400},
                                               {"lag=1mb", 400},
                                               {"lag", 400},
                                               {"lag=1MB&tag_a=b", 503},
                                               {"other=x", 200},
                                               {"tag_a=b", 503},
                                               {"lag=99999999999999999999", 400},
                                               {"lag=99999999999999TB", 400},
                                               {"replication_state=streaming", 200},
                                               {"replication_state=in archive recovery", 503}};
  for (const auto& [query, status] : expected)
    EXPECT_EQ(code(standby(), "/replica?" + query), status) << query;
  EXPECT_EQ(http::show(standby(), "/replica?lag=x").body,
            "lag: expected bytes, or a size such as 16MB\n");
  Status unknown = standby();
  unknown.lag_bytes.reset();
  EXPECT_EQ(code(unknown, "/replica"), 200);
  EXPECT_EQ(code(unknown, "/replica?lag=1TB"), 503);
}

TEST(HttpPages, WhatIsNoPageIsNotFound) {
  for (const auto* target : {"/nothing", "", "livez", "/livez/", "/LIVEZ", "//", "?", "/peer"})
    EXPECT_EQ(code(primary(), target), 404) << target;
}

TEST(HttpPages, ADegradedLineSaysWhoIsAsked) {
  EXPECT_EQ(http::show(standby(), "/primary").body, "primary: no (standby, accepting)\n");
  EXPECT_EQ(http::show(cloning(), "/replica").body, "replica: no (no server, none)\n");
}

TEST(Readiness, RoughFiguresAreShort) {
  EXPECT_EQ(core::rough(0s), "0 s");
  EXPECT_EQ(core::rough(119s), "119 s");
  EXPECT_EQ(core::rough(125s), "2 min");
  EXPECT_EQ(core::rough(3h), "3 h");
  EXPECT_EQ(core::rough(72h), "3 d");
  EXPECT_EQ(core::rough_bytes(1023), "1023 B");
  EXPECT_EQ(core::rough_bytes(1024), "1 kB");
  EXPECT_EQ(core::rough_bytes(std::uint64_t{5} << 30U), "5 GB");
  EXPECT_EQ(core::rough_bytes(UINT64_MAX), "16777215 TB");
}

}  // namespace
