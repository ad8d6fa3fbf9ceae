#include "runtime/clone_source.hpp"

#include "runtime/peers.hpp"

namespace runtime {
namespace {

std::string advice(postgres::PeerKind kind, const core::Settings& settings) {
  const std::string role = "\"" + settings.replication.user + "\"";
  switch (kind) {
    case postgres::PeerKind::unresolved: return "its name does not resolve";
    case postgres::PeerKind::lookup_failed: return "its name cannot be looked up";
    case postgres::PeerKind::refused: return "it refuses connections: no server listens there";
    case postgres::PeerKind::unreachable: return "it cannot be reached";
    case postgres::PeerKind::without_data: return "it has no data itself";
    case postgres::PeerKind::bad_password:
      return "it does not accept our password for role " + role +
             ": is the Secret the same on both?";
    case postgres::PeerKind::rejected_by_hba:
      return "its pg_hba.conf does not admit role " + role + " from here for replication";
    case postgres::PeerKind::not_accepting: return "it does not accept connections now";
    case postgres::PeerKind::failed:
    case postgres::PeerKind::answers: return "it answered with an error";
  }
  return {};
}

}  // namespace

Source source_of(const Context& context, core::Ordinal whom) {
  Source source{.name = context.settings.cluster.identity->peer(whom).text,
                .upstream = {},
                .login = login_to(context, whom)};
  source.upstream = {.address = source.login.host, .port = source.login.port};
  return source;
}

Failure cannot_clone(const Source& source, const std::string& why) {
  return Failure{.message =
                     "cannot clone " + source.name + " (" + source.upstream.address + "): " + why};
}

Outcome<> judge_answer(const Context& context, const Source& source,
                       const postgres::PeerAnswer& answer) {
  if (answer.kind != postgres::PeerKind::answers) {
    std::string why = advice(answer.kind, context.settings);
    if (!answer.detail.empty()) why += " (" + answer.detail + ")";
    return std::unexpected(cannot_clone(source, why));
  }
  const std::string theirs = std::to_string(answer.server_major);
  const std::string& ours = context.settings.official.major;
  if (!ours.empty() && ours != theirs) {
    return std::unexpected(cannot_clone(source, "it runs PostgreSQL " + theirs +
                                                    ", this image has PostgreSQL " + ours +
                                                    ". Use the same image on all members"));
  }
  return {};
}

}  // namespace runtime
