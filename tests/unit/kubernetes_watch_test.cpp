#include <fstream>

#include <gtest/gtest.h>

#include "kubernetes/json.hpp"
#include "kubernetes_fixture.hpp"

namespace {

using namespace kubernetes_test;
using api::lease_text;
using kubernetes::ErrorKind;
namespace seen = kubernetes::seen;

std::string event(const std::string& type, const std::string& object) {
  return R"({"type":")" + type + R"(","object":)" + object + "}\n";
}

std::string bookmark(const std::string& version) {
  return event("BOOKMARK", R"({"kind":"Lease","metadata":{"resourceVersion":")" + version + "\"}}");
}

/// Begins a watch and says these chunks.
api::Talk says(const std::vector<std::string>& chunks, bool stays = true) {
  return [=](api::Peer& peer) {
    if (peer.request().empty()) return;
    peer.begin_chunks();
    for (const std::string& each : chunks)
      peer.chunk(each);
    if (stays)
      peer.request();
    else
      peer.send("0\r\n\r\n");
  };
}

struct Watching {
  explicit Watching(std::vector<api::Talk> talks)
      : server(std::move(talks)), watch(test_loop().get_executor(), server.access(), "pg") {
    watch.from("7");
  }
  auto next(core::Duration quiet = soon) { return await(watch.next(soon, quiet)); }

  api::Server server;
  kubernetes::Watch watch;
};

TEST(KubernetesWatch, TellsChangesAndTheEndOfALease) {
  Watching on(
      {says({event("MODIFIED", lease_text("8", "pod-1")) + event("DELETED", lease_text("9"))})});
  const auto changed = on.next();
  ASSERT_TRUE(changed) << changed.error().message;
  EXPECT_EQ(std::get<seen::Changed>(*changed).lease.holder_identity, "pod-1");
  EXPECT_TRUE(std::holds_alternative<seen::Deleted>(*on.next()));
  EXPECT_EQ(on.watch.resource_version(), "9");
  const std::string request = on.server.requests().at(0);
  for (const char* part : {"watch=true", "allowWatchBookmarks=true",
                           "fieldSelector=metadata.name%3Dpg", "resourceVersion=7"})
    EXPECT_NE(request.find(part), std::string::npos) << part << " in " << request;
}

TEST(KubernetesWatch, ALineMayComeInPieces) {
  const std::string line = event("MODIFIED", lease_text("8"));
  Watching on({says({line.substr(0, 20), line.substr(20, 200), line.substr(220)})});
  EXPECT_TRUE(std::holds_alternative<seen::Changed>(*on.next()));
}

TEST(KubernetesWatch, GoesOnFromABookmarkWhenTheServerEndsIt) {
  Watching on({says({bookmark("40")}, false), says({event("MODIFIED", lease_text("41"))})});
  EXPECT_TRUE(std::holds_alternative<seen::Ended>(*on.next()));
  EXPECT_TRUE(std::holds_alternative<seen::Changed>(*on.next()));
  EXPECT_NE(on.server.requests().at(1).find("resourceVersion=40"), std::string::npos);
}

TEST(KubernetesWatch, IsQuietWhenNothingComesAndGoesOnAfterwards) {
  Watching on({says({}), says({event("MODIFIED", lease_text("8"))})});
  EXPECT_TRUE(std::holds_alternative<seen::Quiet>(*on.next(short_)));
  EXPECT_TRUE(std::holds_alternative<seen::Changed>(*on.next()));
}

TEST(KubernetesWatch, SaysGoneWhereTheVersionIsTooOld) {
  const std::string expired = api::status_text(410, "Expired", "too old resource version");
  Watching on({says({event("ERROR", expired)}), answers(410, expired),
               says({event("ADDED", lease_text("90"))})});
  EXPECT_EQ(on.next().error().kind, ErrorKind::gone);
  EXPECT_EQ(on.next().error().kind, ErrorKind::gone);
  on.watch.from("89");
  EXPECT_TRUE(std::holds_alternative<seen::Changed>(*on.next()));
  EXPECT_NE(on.server.requests().at(2).find("resourceVersion=89"), std::string::npos);
}

TEST(KubernetesWatch, ReportsWhatGoesWrongAndOpensAnew) {
  Watching on({answers(403, api::status_text(403, "Forbidden", "no")),
               [](api::Peer& peer) {
                 peer.request();
                 peer.begin_chunks();
                 peer.chunk("{\"type\":\"MOD");
               },
               says({"no JSON\n"}), says({event("MODIFIED", lease_text("8"))})});
  const auto forbidden = on.next();
  EXPECT_EQ(forbidden.error().kind, ErrorKind::forbidden);
  EXPECT_NE(forbidden.error().message.find("\"watch\""), std::string::npos);
  EXPECT_EQ(on.next().error().kind, ErrorKind::no_answer);
  EXPECT_EQ(on.next().error().kind, ErrorKind::malformed);
  EXPECT_TRUE(std::holds_alternative<seen::Changed>(*on.next()));
}

TEST(KubernetesWatch, AnEndlessLineIsCutOff) {
  Watching on({says({std::string(2U << 20U, 'x')})});
  EXPECT_EQ(on.next().error().kind, ErrorKind::no_answer);
}

TEST(KubernetesAccess, ComesFromThePod) {
  api::Server server({});
  const auto directory = server.access().ca_file.parent_path();
  std::ofstream(directory / "namespace") << "here\n";
  const auto access = kubernetes::in_cluster(
      {"KUBERNETES_SERVICE_HOST=10.0.0.1", "KUBERNETES_SERVICE_PORT=6443"}, directory);
  ASSERT_TRUE(access) << access.error();
  EXPECT_EQ(access->host, "10.0.0.1");
  EXPECT_EQ(access->port, 6443);
  EXPECT_EQ(access->name_space, "here");
}

TEST(KubernetesAccess, SaysWhatIsMissing) {
  const auto nowhere = kubernetes::in_cluster({});
  ASSERT_FALSE(nowhere);
  EXPECT_NE(nowhere.error().find("KUBERNETES_SERVICE_HOST"), std::string::npos);
  const auto no_account = kubernetes::in_cluster(
      {"KUBERNETES_SERVICE_HOST=10.0.0.1", "KUBERNETES_SERVICE_PORT=443"}, "/nonexistent");
  ASSERT_FALSE(no_account);
  EXPECT_NE(no_account.error().find("serviceAccountName"), std::string::npos) << no_account.error();
  const auto no_port = kubernetes::in_cluster(
      {"KUBERNETES_SERVICE_HOST=10.0.0.1", "KUBERNETES_SERVICE_PORT=https"}, "/nonexistent");
  EXPECT_NE(no_port.error().find("\"https\""), std::string::npos);
}

TEST(KubernetesError, EachKindHasItsName) {
  EXPECT_EQ(name(ErrorKind::busy), "busy");
  EXPECT_EQ(name(ErrorKind::no_answer), "no_answer");
  EXPECT_EQ(name(ErrorKind::gone), "gone");
  EXPECT_EQ(name(ErrorKind::malformed), "malformed");
}

}  // namespace
