#pragma once

#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "core/identity.hpp"
#include "core/lsn.hpp"
#include "core/time.hpp"
#include "postgres/session.hpp"

/// Where a running server stands, asked over PID 1's own session several times a second.
namespace postgres {

/// A walsender, as the server that sends sees it.
struct Sender {
  core::PodName pod = {};  ///< application_name: a member's is its pod's name
  pid_t pid = 0;
  std::string client_addr = {};  ///< empty over the Unix socket
  bool streaming = false;        ///< not backup, startup or catchup
  core::Lsn flushed = {};        ///< 0 until it reported
  /// How long what was committed lately took to be replayed there. Nothing: it has all, or has not
  /// said.
  std::optional<core::Duration> replay_lag = {};
  bool operator==(const Sender&) const = default;
};

/// A replication slot, whoever made it.
struct SlotState {
  std::string name = {};
  bool active = false;
  std::optional<core::Lsn> keeps_from = {};  ///< restart_lsn; nothing: it keeps no WAL
  bool operator==(const SlotState&) const = default;
};

struct Standing {
  bool in_recovery = false;
  core::Timeline timeline = {};
  core::Lsn flushed = {};  ///< standby: received and synced, or replayed, whichever is further
  /// A standby: it has replayed all of the WAL that it had when it started, so that no more is
  /// there than `flushed` says. A primary has.
  bool replayed = false;
  bool streams = false;                           ///< its own WAL receiver streams
  std::optional<std::string> upstream_host = {};  ///< where that receiver is connected to
  /// A standby with a receiver: of what its upstream said it has, so much is not replayed.
  std::optional<std::uint64_t> replay_lag = {};
  /// A standby: so long ago was committed what it replayed last, by the clocks of both; 0: it has
  /// replayed all that it has received.
  std::optional<core::Duration> replay_age = {};
  std::vector<Sender> senders = {};
  std::vector<SlotState> slots = {};
  bool operator==(const Standing&) const = default;
};

/// The statement, on PostgreSQL 13 to 18, on a primary, on a standby, and on one that is just being
/// promoted.
[[nodiscard]] std::string standing_query();
/// Its result. A standby's timeline is the one that its receiver is on. Without a receiver it is
/// the highest of what pg_control says and `known`: of WAL that was received and not yet replayed
/// the server does not tell any more.
[[nodiscard]] std::expected<Standing, std::string> parse_standing(const Table& table,
                                                                  core::Timeline known);

/// Asks again and again over one session, which it keeps open, and opens anew after a failure.
/// Owned by who observes the server; one question at a time.
class StandingPoll {
 public:
  using Connect =
      std::function<boost::asio::awaitable<std::expected<Session, SqlError>>(core::Duration limit)>;
  explicit StandingPoll(Connect connect) : connect_(std::move(connect)) {}

  /// All of it within `limit`, connecting included. `control` is pg_control's timeline. The
  /// timeline that a standby's receiver was on it keeps while the same server answers, or is slow.
  [[nodiscard]] boost::asio::awaitable<std::expected<Standing, SqlError>> ask(
      core::Timeline control, core::Duration limit);
  /// The server ended: closes the session, and forgets.
  void forget();

 private:
  [[nodiscard]] boost::asio::awaitable<std::expected<Standing, SqlError>> ask_session(
      core::Timeline control, core::Duration limit);

  Connect connect_;
  std::optional<Session> session_;
  core::Timeline received_ = {};
};

}  // namespace postgres
