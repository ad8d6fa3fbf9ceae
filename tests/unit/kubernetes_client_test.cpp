#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "kubernetes_fixture.hpp"

namespace {

using namespace kubernetes_test;
using api::lease_text;
using api::status_text;
using kubernetes::ErrorKind;
using kubernetes::Outcome;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(KubernetesClient, ReadsALeaseByAQuorumRead) {
  Pair pair({answers(200, lease_text("7"))});
  const auto lease = pair.get();
  ASSERT_TRUE(lease) << lease.error().message;
  EXPECT_EQ(lease->name, "pg");
  EXPECT_EQ(lease->uid, "u-1");
  EXPECT_EQ(lease->resource_version, "7");
  EXPECT_EQ(lease->holder_identity, "pod-0");
  EXPECT_EQ(lease->lease_duration_seconds, 10);
  EXPECT_EQ(lease->renew_time, "2026-01-01T00:00:02.000000Z");
  EXPECT_EQ(lease->lease_transitions, 3);
  EXPECT_EQ(lease->annotations.at("pgordinal/a"), "1");
  const std::string request = pair.server.requests().at(0);
  EXPECT_TRUE(
      request.starts_with("GET /apis/coordination.k8s.io/v1/namespaces/ns/leases/pg HTTP/1.1\r\n"))
      << request;
  EXPECT_TRUE(has(request, "Authorization: Bearer first\r\n"));
}

TEST(KubernetesClient, R1UpdatesExactlyTheRecordThatWasJudgedAndKeepsWhatOthersWrote) {
  Pair pair({[](api::Peer& peer) {
    peer.request();
    peer.answer(200, lease_text("7"));
    peer.request();
    peer.answer(200, lease_text("8"));
    peer.request();
  }});
  auto lease = pair.get();
  ASSERT_TRUE(lease);
  lease->annotations = {{"pgordinal/b", "2"}};
  lease->holder_identity = "pod-1";
  const core::Instant before = runtime::now();
  const auto write = pair.update(*lease);
  EXPECT_EQ(write.outcome, Outcome::done);
  EXPECT_EQ(write.lease->resource_version, "8");
  EXPECT_GE(*write.sent, before);
  const std::string request = pair.server.requests().at(1);
  EXPECT_TRUE(request.starts_with("PUT "));
  for (const char* part :
       {R"("uid":"u-1")", R"("resourceVersion":"7")", R"("labels":{"of":"others"})",
        R"("annotations":{"pgordinal/b":"2"})", R"("holderIdentity":"pod-1")"})
    EXPECT_TRUE(has(request, part)) << part << " in " << request;
  EXPECT_FALSE(has(request, "managedFields"));
  EXPECT_EQ(pair.server.connections(), 1) << "kept open";
}

TEST(KubernetesClient, R1AnUpdateWithoutUidOrVersionIsNotSent) {
  Pair pair({});
  for (const auto& lease : {kubernetes::Lease{.name = "pg", .uid = "u-1"},
                            kubernetes::Lease{.name = "pg", .resource_version = "7"}}) {
    const auto write = pair.update(lease);
    EXPECT_EQ(write.outcome, Outcome::refused);
    EXPECT_FALSE(write.sent);
  }
  EXPECT_EQ(pair.server.connections(), 0);
}

TEST(KubernetesClient, CreatesWithoutUidAndVersion) {
  Pair pair({answers(201, lease_text("1"))});
  const auto write = await(pair.client.create(judged(), soon));
  EXPECT_EQ(write.outcome, Outcome::done);
  const std::string request = pair.server.requests().at(0);
  EXPECT_TRUE(request.starts_with("PUT /apis/coordination.k8s.io/v1/namespaces/ns/leases/pg HTTP"));
  EXPECT_FALSE(has(request, "\"uid\""));
  EXPECT_FALSE(has(request, "\"resourceVersion\""));
}

TEST(KubernetesClient, PatchesLabelsAndTakesThemOff) {
  Pair pair({answers(200, "{}")});
  const auto write =
      await(pair.client.patch_labels("pg-0", {{"role", "primary"}, {"old", {}}}, soon));
  EXPECT_EQ(write.outcome, Outcome::done);
  const std::string request = pair.server.requests().at(0);
  EXPECT_TRUE(request.starts_with("PATCH /api/v1/namespaces/ns/pods/pg-0 HTTP"));
  EXPECT_TRUE(has(request, "Content-Type: application/merge-patch+json"));
  EXPECT_TRUE(request.ends_with(R"({"metadata":{"labels":{"old":null,"role":"primary"}}})"))
      << request;
}

TEST(KubernetesClient, MakesAnEventOfAPod) {
  Pair pair({answers(201, "{}")});
  const kubernetes::Event event{
      .pod = "pg-0", .pod_uid = "u-7", .warning = true, .reason = "Why", .time = "2026"};
  const auto write = await(pair.client.create_event(event, soon));
  EXPECT_EQ(write.outcome, Outcome::done);
  const std::string request = pair.server.requests().at(0);
  EXPECT_TRUE(request.starts_with("POST /api/v1/namespaces/ns/events HTTP")) << request;
  for (const char* part : {R"("generateName":"pg-0.")", R"("name":"pg-0")", R"("uid":"u-7")",
                           R"("type":"Warning")", R"("reason":"Why")", R"("lastTimestamp":"2026")"})
    EXPECT_TRUE(has(request, part)) << part << " in " << request;
}

struct Answer {
  int status;
  ErrorKind kind;
  Outcome outcome;
};
class KubernetesAnswers : public testing::TestWithParam<Answer> {};

TEST_P(KubernetesAnswers, AreOneOfFourOutcomes) {
  const auto [status, kind, outcome] = GetParam();
  Pair pair(
      {answers(status, status_text(status, "Because", "the API's words"), "Retry-After: 3\r\n")});
  const auto write = pair.update(judged());
  EXPECT_EQ(write.outcome, outcome);
  ASSERT_TRUE(write.error);
  EXPECT_EQ(write.error->kind, kind);
  EXPECT_EQ(write.error->status, status);
  EXPECT_EQ(write.error->reason, "Because");
  EXPECT_TRUE(has(write.error->message, "the API's words")) << write.error->message;
  EXPECT_EQ(write.error->retry_after, core::Duration(3s));
  EXPECT_TRUE(write.sent);
}
INSTANTIATE_TEST_SUITE_P(All, KubernetesAnswers,
                         testing::Values(Answer{400, ErrorKind::refused, Outcome::refused},
                                         Answer{403, ErrorKind::forbidden, Outcome::refused},
                                         Answer{404, ErrorKind::not_found, Outcome::refused},
                                         Answer{409, ErrorKind::conflict, Outcome::conflict},
                                         Answer{410, ErrorKind::gone, Outcome::refused},
                                         Answer{422, ErrorKind::refused, Outcome::refused},
                                         Answer{429, ErrorKind::throttled, Outcome::refused},
                                         Answer{500, ErrorKind::server, Outcome::unknown},
                                         Answer{503, ErrorKind::server, Outcome::unknown},
                                         Answer{504, ErrorKind::server, Outcome::unknown}));

TEST(KubernetesClient, A403NamesTheMissingRight) {
  Pair pair({answers(403, status_text(403, "Forbidden", "no"))});
  const std::string message = pair.update(judged()).error->message;
  for (const char* part : {"update", "leases.coordination.k8s.io", "\"pg\"", "\"ns\"", "Role"})
    EXPECT_TRUE(has(message, part)) << part << " in " << message;
}

TEST(KubernetesClient, AnswersThatAreNoStatusAreErrorsAsWell) {
  Pair pair({answers(502, "<html>a proxy</html>")});
  EXPECT_EQ(pair.get().error().kind, ErrorKind::server);
}

TEST(KubernetesClient, AGoodAnswerThatIsNoLeaseIsMalformedAndTheWriteUnknown) {
  Pair pair({answers(200, "{}")});
  const auto write = pair.update(judged());
  EXPECT_EQ(write.outcome, Outcome::unknown);
  EXPECT_EQ(write.error->kind, ErrorKind::malformed);
}

TEST(KubernetesClient, R8A401RepeatsWithTheTokenReadAnewAndTheFirstSendTime) {
  std::optional<core::Instant> first;
  api::Server* server = nullptr;
  Pair pair({[&](api::Peer& peer) {
               peer.request();
               first = runtime::now();
               server->set_token("second");
               peer.answer(401, status_text(401, "Unauthorized", "expired"));
               peer.request();
             },
             answers(200, lease_text("8"))});
  server = &pair.server;
  const auto write = pair.update(judged());
  EXPECT_EQ(write.outcome, Outcome::done);
  EXPECT_LE(*write.sent, *first);
  EXPECT_TRUE(has(pair.server.requests().at(1), "Bearer second\r\n"));
}

TEST(KubernetesClient, A401TwiceIsAnError) {
  Pair pair({answers(401, "{}"), answers(401, "{}")});
  EXPECT_EQ(pair.get().error().kind, ErrorKind::unauthorized);
  EXPECT_EQ(pair.server.connections(), 2);
}

TEST(KubernetesClient, AServerThatSaysNothingLeavesAWriteUnknownWithItsSendTime) {
  Pair pair({[](api::Peer& peer) {
    peer.request();
    peer.request();
  }});
  const core::Instant before = runtime::now();
  const auto write = pair.update(judged(), short_);
  EXPECT_EQ(write.outcome, Outcome::unknown);
  EXPECT_EQ(write.error->kind, ErrorKind::no_answer);
  EXPECT_LT(runtime::now() - before, soon / 2);
  EXPECT_GE(*write.sent, before);
}

TEST(KubernetesClient, AnAnswerThatBreaksOffLeavesAWriteUnknown) {
  Pair pair({[](api::Peer& peer) {
    peer.request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"kind\"");
  }});
  EXPECT_EQ(pair.update(judged()).outcome, Outcome::unknown);
}

TEST(KubernetesClient, AServerThatSpeaksNoTlsIsWaitedForUntilTheTimeOut) {
  Pair pair({nullptr});
  const auto write = pair.update(judged(), short_);
  EXPECT_EQ(write.outcome, Outcome::refused);
  EXPECT_EQ(write.error->kind, ErrorKind::tls);
  EXPECT_FALSE(write.sent);
}

TEST(KubernetesClient, AnotherCaIsAnErrorOfTls) {
  Pair pair({[](api::Peer&) {}});
  std::ofstream(pair.server.access().ca_file) << api::make_identity().certificate;
  const auto write = pair.update(judged());
  EXPECT_EQ(write.outcome, Outcome::refused);
  EXPECT_EQ(write.error->kind, ErrorKind::tls);
  EXPECT_TRUE(has(write.error->message, "certificate verify failed")) << write.error->message;
}

TEST(KubernetesClient, NobodyThereAndNoSuchNameAreUnreachable) {
  Pair pair({});
  auto access = pair.server.access();
  access.port = 1;
  kubernetes::Client closed(test_loop().get_executor(), access, &runtime::now);
  EXPECT_EQ(await(closed.get("pg", soon)).error().kind, ErrorKind::unreachable);
  access.host = "no-such-host.invalid";
  kubernetes::Client unknown(test_loop().get_executor(), access, &runtime::now);
  const auto write = await(unknown.update(judged(), soon));
  EXPECT_EQ(write.outcome, Outcome::refused);
  EXPECT_EQ(write.error->kind, ErrorKind::unreachable);
  EXPECT_TRUE(has(write.error->message, "no-such-host.invalid")) << write.error->message;
}

// The connection ends while the second request is on its way: nobody can tell whether it was read.
api::Talk ends_at_the_second() {
  return [](api::Peer& peer) {
    peer.request();
    peer.answer(200, lease_text("7"));
    peer.request();
  };
}

TEST(KubernetesClient, AReadIsRepeatedWhenTheKeptConnectionBreaks) {
  Pair pair({ends_at_the_second(), answers(200, lease_text("9"))});
  ASSERT_TRUE(pair.get());
  EXPECT_EQ(pair.get()->resource_version, "9");
}

TEST(KubernetesClient, R2AWriteIsNotRepeatedWhenTheKeptConnectionBreaks) {
  Pair pair({ends_at_the_second(), answers(200, lease_text("9"))});
  ASSERT_TRUE(pair.get());
  const auto write = pair.update(judged());
  EXPECT_EQ(write.outcome, Outcome::unknown);
  EXPECT_EQ(pair.server.connections(), 1);
  EXPECT_TRUE(pair.get()) << "and the next request has a new connection";
}

TEST(KubernetesClient, AKeptConnectionThatTheServerClosedMeanwhileIsNotUsed) {
  Pair pair({[](api::Peer& peer) {
               peer.request();
               peer.answer(200, lease_text("7"));
             },
             answers(200, lease_text("8"))});
  ASSERT_TRUE(pair.get());
  for (const auto end = runtime::now() + soon; pair.server.ended() < 1 && runtime::now() < end;)
    std::this_thread::yield();
  EXPECT_EQ(pair.update(judged()).outcome, Outcome::done);
  EXPECT_EQ(pair.server.connections(), 2);
}

TEST(KubernetesClient, AHugeAnswerIsCutOff) {
  Pair pair({answers(200, std::string(2U << 20U, 'x'))});
  const auto lease = pair.get();
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().kind, ErrorKind::no_answer);
}

TEST(KubernetesClient, R2OneRequestAtATime) {
  Pair pair({answers(200, lease_text("8"))});
  std::optional<kubernetes::Write> first;
  boost::asio::co_spawn(test_loop(), keep(pair.client.update(judged(), soon), first),
                        [](const std::exception_ptr&) {});
  const auto second = pair.update(judged());
  EXPECT_EQ(first->outcome, Outcome::done);
  EXPECT_EQ(second.outcome, Outcome::refused);
  EXPECT_EQ(second.error->kind, ErrorKind::busy);
  EXPECT_EQ(pair.server.requests().size(), 1U);
}

}  // namespace
