#include "runtime/peers.hpp"

#include "log/log.hpp"
#include "postgres/peer.hpp"
#include "runtime/configure.hpp"

namespace runtime {
namespace {

using core::peer::Answer;
using core::peer::Refusal;
using core::peer::Silence;

Answer answer_of(const postgres::PeerAnswer& answer) {
  switch (answer.kind) {
    case postgres::PeerKind::unresolved: return Silence::unresolved;
    case postgres::PeerKind::lookup_failed: return Silence::lookup_failed;
    case postgres::PeerKind::refused: return Silence::refused;
    case postgres::PeerKind::unreachable: return Silence::unreachable;
    case postgres::PeerKind::bad_password: return Refusal::bad_password;
    case postgres::PeerKind::rejected_by_hba: return Refusal::no_hba_entry;
    case postgres::PeerKind::without_data: return core::peer::WithoutData{};
    case postgres::PeerKind::not_accepting: return Refusal::not_accepting;
    case postgres::PeerKind::failed: return Refusal::other;
    case postgres::PeerKind::answers:
      return core::peer::Serves{
          .system_id = answer.system_id, .timeline = answer.timeline, .lsn = answer.lsn};
  }
  return Refusal::other;
}

}  // namespace

postgres::Login login_to(const Context& context, core::Ordinal whom) {
  const core::Settings& settings = context.settings;
  return postgres::Login{.host = settings.cluster.identity->address(whom),
                         .port = server_port(context),
                         .user = settings.replication.user,
                         .password = settings.replication.password};
}

boost::asio::awaitable<Answer> ask_peer(const Context& context, core::Ordinal whom,
                                        core::Duration limit) {
  const postgres::PeerAnswer answer = co_await postgres::ask_peer(login_to(context, whom), limit);
  logs::event(logs::Level::debug, "peer_answered",
              {{"peer", context.settings.cluster.identity->peer(whom).text},
               {"answer", postgres::to_text(answer.kind)}},
              answer.detail);
  co_return answer_of(answer);
}

}  // namespace runtime
