#pragma once

#include <chrono>

#include "kubernetes/client.hpp"
#include "kubernetes/watch.hpp"
#include "kubernetes_server.hpp"
#include "postgres_await.hpp"
#include "runtime/clock.hpp"

namespace kubernetes_test {

using namespace std::chrono_literals;
constexpr core::Duration soon = 10s;      ///< nothing in a test should take that long
constexpr core::Duration short_ = 300ms;  ///< a time-out that is meant to pass

/// A server with these talks, and a client of it.
struct Pair {
  explicit Pair(std::vector<api::Talk> talks)
      : server(std::move(talks)),
        client(test_loop().get_executor(), server.access(), &runtime::now) {}

  auto get(core::Duration timeout = soon) { return await(client.get("pg", timeout)); }
  kubernetes::Write update(kubernetes::Lease lease, core::Duration timeout = soon) {
    return await(client.update(std::move(lease), timeout));
  }

  api::Server server;
  kubernetes::Client client;
};

inline kubernetes::Lease judged() {
  return {.name = "pg", .uid = "u-1", .resource_version = "7", .holder_identity = "pod-0"};
}

/// Answers one request.
inline api::Talk answers(int status, const std::string& body, const std::string& headers = {}) {
  return [=](api::Peer& peer) {
    if (!peer.request().empty()) peer.answer(status, body, headers);
    peer.request();  // until the client goes
  };
}

}  // namespace kubernetes_test
