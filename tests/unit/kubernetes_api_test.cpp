// Against a real API server, which tests/kubernetes starts: KUBERNETES_SERVICE_HOST and
// KUBERNETES_SERVICE_PORT say where, SERVICE_ACCOUNT is a directory as kubelet mounts it. Its Role
// allows create, get, update and watch of Leases but of none called `forbidden`, and patch of the
// pod `pg-0`, which exists; the namespace has no Lease yet.

#include <unistd.h>

#include <cstdlib>

#include <gtest/gtest.h>

#include "kubernetes/client.hpp"
#include "kubernetes/watch.hpp"
#include "postgres_await.hpp"
#include "runtime/clock.hpp"

namespace {

using kubernetes::ErrorKind;
using kubernetes::Lease;
using kubernetes::Outcome;
namespace seen = kubernetes::seen;

constexpr core::Duration soon = std::chrono::seconds(20);

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string{} : value;
}

class KubernetesApi : public testing::Test {
 protected:
  void SetUp() override {
    const auto found =
        kubernetes::in_cluster({"KUBERNETES_SERVICE_HOST=" + variable("KUBERNETES_SERVICE_HOST"),
                                "KUBERNETES_SERVICE_PORT=" + variable("KUBERNETES_SERVICE_PORT")},
                               variable("SERVICE_ACCOUNT"));
    ASSERT_TRUE(found) << found.error();
    access = *found;
    client.emplace(test_loop().get_executor(), access, &runtime::now);
  }

  static Lease fresh(const std::string& name) {
    return {.name = name,
            .holder_identity = "pg-0",
            .lease_duration_seconds = 10,
            .acquire_time = "2026-01-01T00:00:00.000000Z",
            .renew_time = "2026-01-01T00:00:00.000000Z",
            .annotations = {{"pgordinal.example/sequence", "1"}}};
  }
  /// As each write of the protocol has it (R2). The API server takes an update that changes nothing
  /// for none: no new version, no event.
  static Lease with_next_number(Lease lease) {
    lease.annotations["pgordinal.example/sequence"] = "2";
    return lease;
  }
  Lease create(const std::string& name) {
    const auto write = await(client->create(fresh(name), soon));
    EXPECT_EQ(write.outcome, Outcome::done) << (write.error ? write.error->message : "");
    return write.lease.value_or(Lease{});
  }

  kubernetes::Access access;
  std::optional<kubernetes::Client> client;
};

TEST_F(KubernetesApi, WhatIsWrittenIsRead) {
  Lease lease = create("read");
  EXPECT_EQ(lease.annotations.at("pgordinal.example/sequence"), "1");
  EXPECT_EQ(lease.acquire_time, "2026-01-01T00:00:00.000000Z");
  lease.lease_transitions = 1;
  lease.holder_identity.clear();
  const auto write = await(client->update(with_next_number(lease), soon));
  ASSERT_EQ(write.outcome, Outcome::done) << write.error->message;
  const auto read = await(client->get("read", soon));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->holder_identity, "");
  EXPECT_EQ(read->lease_transitions, 1);
  EXPECT_EQ(read->annotations.at("pgordinal.example/sequence"), "2");
  EXPECT_EQ(read->resource_version, write.lease->resource_version);
  EXPECT_EQ(read->uid, lease.uid);
}

TEST_F(KubernetesApi, R1AnOldVersionIsAConflictAndSoIsASecondCreation) {
  const Lease first = create("swap");
  ASSERT_EQ(await(client->update(with_next_number(first), soon)).outcome, Outcome::done);
  Lease other = first;
  other.holder_identity = "pg-1";
  ASSERT_EQ(await(client->update(other, soon)).outcome, Outcome::conflict);
  const auto again = await(client->create(fresh("swap"), soon));
  EXPECT_EQ(again.outcome, Outcome::conflict);
  EXPECT_EQ(await(client->get("swap", soon))->holder_identity, "pg-0");
}

TEST_F(KubernetesApi, R1AnotherUidIsAConflict) {
  Lease lease = create("uid");
  lease.uid = "00000000-0000-0000-0000-000000000000";
  EXPECT_EQ(await(client->update(lease, soon)).outcome, Outcome::conflict);
}

TEST_F(KubernetesApi, R1AnUpdateOfAMissingLeaseDoesNotMakeIt) {
  Lease lease = fresh("missing");
  lease.uid = "00000000-0000-0000-0000-000000000000";
  lease.resource_version = "1";
  const auto write = await(client->update(lease, soon));
  EXPECT_TRUE(write.outcome == Outcome::conflict || write.outcome == Outcome::refused);
  const auto read = await(client->get("missing", soon));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::not_found);
}

TEST_F(KubernetesApi, AWatchTellsTheNextWrite) {
  const Lease lease = create("watched");
  kubernetes::Watch watch(test_loop().get_executor(), access, "watched");
  watch.from(lease.resource_version);
  std::optional<kubernetes::Write> write;
  boost::asio::co_spawn(test_loop(), keep(client->update(with_next_number(lease), soon), write),
                        [](const std::exception_ptr&) {});
  const auto seen_first = await(watch.next(soon, soon));
  ASSERT_TRUE(seen_first) << seen_first.error().message;
  EXPECT_EQ(std::get<seen::Changed>(*seen_first).lease.resource_version,
            write->lease->resource_version);
}

TEST_F(KubernetesApi, AWatchFromTheBeginningOfTimeIsGoneOrGoesOn) {
  create("old");
  kubernetes::Watch watch(test_loop().get_executor(), access, "old");
  watch.from("1");
  const auto first = await(watch.next(soon, soon));
  EXPECT_TRUE(first || first.error().kind == ErrorKind::gone) << first.error().message;
}

TEST_F(KubernetesApi, AMissingRightIsNamed) {
  const auto read = await(client->get("forbidden", soon));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::forbidden);
  EXPECT_NE(read.error().message.find("\"get\""), std::string::npos) << read.error().message;
  const auto patch = await(client->patch_labels("pg-9", {{"role", "primary"}}, soon));
  EXPECT_EQ(patch.outcome, Outcome::refused);
  EXPECT_EQ(patch.error->kind, ErrorKind::forbidden);
}

TEST_F(KubernetesApi, LabelsOfAPodAreSetAndTakenOff) {
  EXPECT_EQ(await(client->patch_labels("pg-0", {{"role", "primary"}}, soon)).outcome,
            Outcome::done);
  EXPECT_EQ(await(client->patch_labels("pg-0", {{"role", {}}}, soon)).outcome, Outcome::done);
}

TEST_F(KubernetesApi, AWrongTokenIsUnauthorized) {
  char name[] = "/tmp/kubernetes_token.XXXXXX";
  const int file = ::mkstemp(name);
  ASSERT_EQ(::write(file, "wrong", 5), 5);
  ::close(file);
  access.token_file = name;
  kubernetes::Client stranger(test_loop().get_executor(), access, &runtime::now);
  const auto read = await(stranger.get("read", soon));
  ::unlink(name);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::unauthorized);
}

}  // namespace
