#include "core/parts.hpp"

namespace core {
namespace {

using namespace std::chrono_literals;

/// Long enough for a primary that serves, short beside a start.
constexpr Duration first_question_timeout = 1s;

Decision start_server(Draft draft, Reason reason, Role role, std::optional<Ordinal> follow) {
  const action::StartServer start{.role = role, .follow = follow};
  const auto* cluster = std::get_if<directory::Cluster>(&draft.facts.directory);
  if (cluster != nullptr) {
    if (auto instead = start_without_room(draft, *cluster, start)) return *std::move(instead);
  }
  return draft.result(reason, {start});
}

std::string major_message(const directory::Cluster& found, const std::string& program,
                          const std::string& pgdata) {
  return "the data directory " + pgdata + " is of PostgreSQL " + found.version +
         ", this image has PostgreSQL " + program + ". Use an image of PostgreSQL " +
         found.version +
         ", or upgrade the data with pg_upgrade (or pg_dumpall and restore) first. Nothing was "
         "changed";
}

std::string standby_message(const Draft& draft) {
  return "this pod, " + draft.settings.cluster.identity->pod().text +
         ", is the primary by its ordinal, but its data directory " +
         draft.settings.official.pgdata +
         " is a standby's (standby.signal). If no other primary is left and this is the newest "
         "copy, create the empty "
         "file " +
         draft.settings.official.pgdata +
         "/pgordinal.promote: the next start promotes it to a new timeline. Nothing was changed";
}

/// S9: a standby's server is started only after the primary had the time to say which cluster it is
/// of. One that does not answer at once is not waited for: a standby serves reads while it is away.
Decision start_follower(Draft draft, const directory::Cluster& cluster) {
  const Instant now = draft.facts.now;
  const Ordinal primary = draft.settings.cluster.primary;
  const auto found = draft.facts.peers.find(primary);
  if (found == draft.facts.peers.end()) {
    if (!draft.next.primary_asked) {
      draft.next.primary_asked = now;
      const Instant end = now + first_question_timeout;
      return draft.result(Reason::asking_primary_first,
                          {action::AskPeers{.whom = {primary}, .deadline = end}}, end);
    }
    const Instant end = *draft.next.primary_asked + first_question_timeout;
    if (now < end) return draft.result(Reason::asking_primary_first, {}, end);
  } else if (const auto* serves = std::get_if<peer::Serves>(&found->second.value)) {
    if (serves->system_id != cluster.control.system_id) {
      std::string message = foreign_message(draft, cluster.control.system_id, serves->system_id,
                                            "Nothing was changed");
      return refuse(std::move(draft), Reason::refused_foreign_primary, std::move(message));
    }
  }
  return start_server(std::move(draft), Reason::cluster_found, Role::standby, primary);
}

/// Static mode: the ordinal decides the role, whatever the directory was before (S2: a former
/// primary's directory starts as a standby on every ordinal but the primary's).
Decision start_static(Draft draft, const directory::Cluster& cluster) {
  if (!draft.is_primary_ordinal()) return start_follower(std::move(draft), cluster);
  if (cluster.promote_pending)
    return start_server(std::move(draft), Reason::promotion_pending, Role::standby, {});
  if (cluster.standby_signal) {
    std::string message = standby_message(draft);
    return refuse(std::move(draft), Reason::refused_standby_on_primary_ordinal, std::move(message));
  }
  if (!cluster.session_key) {
    return begin(std::move(draft), Reason::cluster_without_session_role, LongKind::adopt,
                 action::Adopt{});
  }
  return start_server(std::move(draft), Reason::cluster_found, Role::primary, {});
}

Decision start_cluster(Draft draft, const directory::Cluster& cluster) {
  if (!draft.facts.server_major.empty() && draft.facts.server_major != cluster.version) {
    std::string message =
        major_message(cluster, draft.facts.server_major, draft.settings.official.pgdata);
    return refuse(std::move(draft), Reason::refused_major, std::move(message));
  }
  if (draft.settings.bootstrap_only) return draft.result(Reason::cluster_found, {action::Exit{}});
  switch (draft.settings.cluster.mode) {
    case Mode::standalone:
      return start_server(std::move(draft), Reason::cluster_found,
                          cluster.standby_signal ? Role::standby : Role::primary, {});
    case Mode::static_primary:
    case Mode::elected:  // decides elsewhere: core/elected
      return start_static(std::move(draft), cluster);
  }
  return draft.result(Reason::cluster_found);
}

/// On from a long action that ended well. Where the directory asks for the very same one again, it
/// changed nothing: going on would turn in circles.
Decision go_on_after(Draft draft, LongKind done) {
  Decision next = decide_start(draft);
  if (!next.next.long_action || next.next.long_action->kind != done) return next;
  std::string message =
      "the data directory " + draft.settings.official.pgdata +
      " is as it was before a step that said it had ended well. Look for errors of the volume";
  return refuse(std::move(draft), Reason::long_action_failed, std::move(message));
}

}  // namespace

std::string foreign_message(const Draft& draft, SystemId ours, SystemId theirs,
                            std::string_view changed) {
  const ClusterSettings& cluster = draft.settings.cluster;
  return "the data directory " + draft.settings.official.pgdata +
         " is of the cluster with system identifier " + to_text(ours) + ", but the primary " +
         cluster.identity->peer(cluster.primary).text + " has " + to_text(theirs) +
         ": it is another cluster, this copy can never stream from it. If this volume's data are "
         "not needed, delete this pod's PersistentVolumeClaim and the pod: it then clones the "
         "primary. " +
         std::string(changed);
}

Decision decide_start(Draft draft) {
  const directory::Content& content = draft.facts.directory;
  if (const auto* unusable = std::get_if<directory::Unusable>(&content)) {
    return refuse(std::move(draft), Reason::refused_directory,
                  unusable->what + " " + unusable->remedy);
  }
  if (std::holds_alternative<directory::Unfinished>(content)) {
    return begin(std::move(draft), Reason::unfinished_bootstrap_found, LongKind::discard,
                 action::DiscardUnfinished{});
  }
  if (const auto* cluster = std::get_if<directory::Cluster>(&content))
    return start_cluster(std::move(draft), *cluster);
  switch (draft.settings.cluster.mode) {
    case Mode::standalone:
      return begin(std::move(draft), Reason::volume_empty, LongKind::bootstrap,
                   action::Bootstrap{});
    case Mode::static_primary:
    case Mode::elected:  // decides elsewhere: core/elected
      return decide_static_empty(std::move(draft));
  }
  return draft.result(Reason::volume_empty);
}

/// What the primary said last decides once more: a copy is given up only where one with the same
/// system identifier serves (S5).
Decision replace_copy(Draft draft) {
  draft.next.stopping.reset();
  draft.next.replacing = Memory::Replacing::cloning;
  const Ordinal primary = draft.settings.cluster.primary;
  const auto found = draft.facts.peers.find(primary);
  const auto* serves =
      found == draft.facts.peers.end() ? nullptr : std::get_if<peer::Serves>(&found->second.value);
  const auto* cluster = std::get_if<directory::Cluster>(&draft.facts.directory);
  if (serves == nullptr || cluster == nullptr || serves->system_id != cluster->control.system_id) {
    return decide_start(std::move(draft));
  }
  return begin(std::move(draft), Reason::replaces_copy, LongKind::clone,
               action::Clone{.source = primary, .then_promote = false, .in_place = true});
}

Decision decide_finished(Draft draft, const LongResult& result) {
  if (result.ok) {
    if (result.kind == LongKind::clone) draft.next.clone_failures = 0;
    if (const auto* running = std::get_if<server::Running>(&draft.facts.server)) {
      return decide_running(std::move(draft), *running);
    }
    return go_on_after(std::move(draft), result.kind);
  }
  switch (result.kind) {
    case LongKind::clone:
      // Never fatal: the primary may be restarting. The pause grows, see decide_static_empty.
      ++draft.next.clone_failures;
      draft.next.clone_failed = draft.facts.now;
      draft.next.last_asked.reset();
      return decide_start(std::move(draft));
    case LongKind::bootstrap:
      return draft.result(Reason::bootstrap_failed,
                          {action::Exit{.code = result.exit_code, .message = result.message}});
    case LongKind::discard:
    case LongKind::adopt:
    case LongKind::start:
      return draft.result(Reason::long_action_failed,
                          {action::Exit{.code = result.exit_code, .message = result.message}});
    case LongKind::promote:
      draft.next.refusal =
          Memory::Refusal{.reason = Reason::long_action_failed, .message = result.message};
      return decide_stop(std::move(draft));
  }
  return draft.result(Reason::long_action_failed);
}

}  // namespace core
