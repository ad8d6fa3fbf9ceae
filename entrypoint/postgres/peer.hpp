#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "core/lsn.hpp"
#include "core/time.hpp"
#include "postgres/session.hpp"

/// Questions to another member's server, as the replication role.
namespace postgres {

enum class PeerKind {
  unresolved,       ///< there is no such name: not created yet, or scaled away
  lookup_failed,    ///< DNS does not answer
  refused,          ///< its host is up and no server listens
  unreachable,      ///< no answer in time, or the connection broke
  without_data,     ///< pgordinal answered in the server's place (placeholder.hpp): its volume is
                    ///< empty
  bad_password,     ///< a server is there; our replication password is not its
  rejected_by_hba,  ///< a server is there; its pg_hba.conf does not let us in
  not_accepting,    ///< a server is there: starting, stopping, or a warm standby's restart
  failed,           ///< a server is there and answered with some other error
  answers,
};
[[nodiscard]] std::string_view to_text(PeerKind kind);
/// Whether a cluster certainly is there (S4): all kinds from bad_password on.
[[nodiscard]] bool cluster_is_there(PeerKind kind);

struct PeerAnswer {
  PeerKind kind = PeerKind::unreachable;
  std::string detail;  ///< the error's text, for the log
  // Of `answers` only:
  core::SystemId system_id;
  core::Timeline timeline;
  core::Lsn lsn;                    ///< flushed, on a primary; received or replayed, on a standby
  std::optional<bool> in_recovery;  ///< not known from PostgreSQL 13
  int server_major = 0;
};

/// A conversation of several questions, by a walsender's session.
struct PeerSession {
  Session session;
  bool sql = false;  ///< statements, too: not in a warm standby, nor where database `postgres` is
                     ///< gone
};
/// `limit` holds for this and, without one of their own, for the steps that follow.
[[nodiscard]] boost::asio::awaitable<std::expected<PeerSession, PeerAnswer>> talk_to_peer(
    Login login, core::Duration limit);
[[nodiscard]] boost::asio::awaitable<PeerAnswer> identify(PeerSession& peer);

/// IDENTIFY_SYSTEM over a replication connection: works on primaries and standbys, hot or warm.
/// `limit` holds for the whole conversation. `login.replication` and `.database` are set here.
[[nodiscard]] boost::asio::awaitable<PeerAnswer> ask_peer(Login login, core::Duration limit);

/// What became of our slot on the primary.
enum class SlotOutcome {
  ready,    ///< made, or there already
  in_use,   ///< somebody streams from it: an old walsender of ours, or a second pod of our name
  no_slot,  ///< all max_replication_slots are taken (53400)
  failed,   ///< see detail
};
struct SlotAnswer {
  SlotOutcome outcome = SlotOutcome::failed;
  std::string detail;
  std::optional<SqlError> error;
};
enum class SlotNeed {
  keep,   ///< a standby with data: make the slot when missing or lost
  fresh,  ///< a clone begins: drop an unused one first, it may be lost or hold WAL that nobody
          ///< needs
};
/// A physical slot that reserves WAL at once, on the primary; made in SQL in database `postgres`,
/// or by CREATE_REPLICATION_SLOT where that database is gone.
[[nodiscard]] boost::asio::awaitable<SlotAnswer> ensure_slot(Login login, std::string slot,
                                                             SlotNeed need, core::Duration limit);
[[nodiscard]] boost::asio::awaitable<SlotAnswer> ensure_slot(PeerSession& peer, std::string slot,
                                                             SlotNeed need);

}  // namespace postgres
