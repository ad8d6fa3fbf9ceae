#include <csignal>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "log/log.hpp"
#include "runtime/clock.hpp"
#include "runtime/elected/by_lease.hpp"

/// What is seen of the server.
namespace runtime::elected {

namespace asio = boost::asio;
using asio::awaitable;
using core::server::Running;

namespace {

constexpr core::Duration server_gone_poll = std::chrono::milliseconds(10);
/// Backends see the end of their postmaster at once; what is left after this is killed.
constexpr core::Duration backends_end = std::chrono::seconds(2);
/// Crash recovery: the server admits nobody for so long without being taken for dead (R11).
constexpr core::Duration recovery_budget = std::chrono::seconds(60);

}  // namespace

void ByLease::server_seen(const core::server::State& state) {
  if (const auto* ended = std::get_if<core::server::Ended>(&state)) {
    asio::co_spawn(executor_, server_ended(*ended), asio::detached);
    return;
  }
  if (!std::holds_alternative<Running>(observed_.server().state)) server_began();
  observed_.server().state = state;
  if (!fence_knows_server()) return;
  poll_.hurry();
  changed_();
}

/// A server that the fence would not kill must not go on (R12): an image whose server is called
/// otherwise. False: this process ends.
bool ByLease::fence_knows_server() {
  const auto* running = std::get_if<Running>(&observed_.server().state);
  const auto pid = server_.pid();
  const bool starting = running == nullptr || running->phase == core::ServerPhase::starting;
  if (starting || !pid || fence_.recognises(*pid)) return true;
  ::kill(*pid, SIGKILL);
  perform_.leave_with(
      "the fence does not recognise the server's process, so it could not end it in time: its "
      "program has to be called postgres and to work in the data directory");
  changed_();
  return false;
}

void ByLease::server_began() {
  copy_.server_runs(true);
  silent_since_ = now();
  ++server_starts_;
  // Until it has answered, its start is what is waited for.
  observed_.server().answers = true;
  poll_.server_runs(true);
}

/// R15: the postmaster was reaped; the server has ended when no process of it is left.
awaitable<void> ByLease::server_ended(core::server::Ended ended) {
  poll_.server_runs(false);
  asio::steady_timer timer(executor_);
  const core::Instant began = now();
  for (;;) {
    const auto left = fence_.servers();
    if (left && left->empty()) break;
    if (left && now() - began >= backends_end) {
      for (const pid_t pid : *left)
        ::kill(pid, SIGKILL);
    }
    timer.expires_after(server_gone_poll);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  core::elected::Server& server = observed_.server();
  standing_.reset();
  server.state = ended;
  server.answers = false;
  server.streams = false;
  observed_.standbys_are({});
  copy_.server_runs(false);
  look_at_copy();
  logs::event(logs::Level::info, "server_ended", {{"status", core::to_text(ended.status)}});
  changed_();
}

/// The members that the Lease shows: its holder, and who may take over.
std::vector<core::PodName> ByLease::listed() const {
  std::vector<core::PodName> pods;
  if (!memory_.view.sighting) return pods;
  const core::elected::Record& record = memory_.view.sighting->record;
  pods.push_back(record.last.pod);
  for (const core::elected::Member& member : record.candidates)
    pods.push_back(member.pod);
  return pods;
}

void ByLease::stands(const postgres::Standing& standing) {
  silent_since_.reset();
  standing_ = standing;
  copy_.stands_at(standing.timeline, standing.flushed, standing.replayed);
  core::elected::Server& server = observed_.server();
  server.answers = true;
  const auto follows = server.follows ? core::split_pod_name(server.follows->text) : std::nullopt;
  const std::string upstream =
      follows ? context_.settings.cluster.identity->address(follows->ordinal) : std::string{};
  const bool streams =
      standing.in_recovery && standing.streams && follows && standing.upstream_host == upstream;
  if (std::exchange(server.streams, streams) != streams) {
    logs::event(logs::Level::info, streams ? "streams" : "does_not_stream",
                {{"from", server.follows ? server.follows->text : std::string{"-"}}});
  }
  changed_();
}

void ByLease::does_not_answer(const postgres::SqlError& error) {
  core::elected::Server& server = observed_.server();
  standing_.reset();
  using ErrorKind = postgres::SqlError::Kind;
  const bool recovers = error.kind == ErrorKind::starting_up ||
                        error.kind == ErrorKind::cannot_connect || error.kind == ErrorKind::refused;
  if (!silent_since_) {
    silent_since_ = now();
    logs::event(logs::Level::debug, "server_does_not_answer", {}, error.message);
  }
  server.answers = recovers && now() - *silent_since_ < recovery_budget;
  if (!recovers) changed_();
}

}  // namespace runtime::elected
