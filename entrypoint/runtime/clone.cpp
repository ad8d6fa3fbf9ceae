#include "runtime/clone.hpp"

#include <filesystem>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "log/log.hpp"
#include "postgres/access.hpp"
#include "postgres/bootstrap_marker.hpp"
#include "postgres/control_file.hpp"
#include "postgres/data_directory.hpp"
#include "postgres/files.hpp"
#include "postgres/layout.hpp"
#include "postgres/peer.hpp"
#include "postgres/tools.hpp"
#include "process/program.hpp"
#include "runtime/child_input.hpp"
#include "runtime/clock.hpp"
#include "runtime/clone_progress.hpp"
#include "runtime/configure.hpp"
#include "runtime/line_reader.hpp"
#include "runtime/peers.hpp"

namespace runtime {
namespace {

using boost::asio::awaitable;
using namespace std::chrono_literals;
namespace fs = std::filesystem;
namespace layout = postgres::layout;
using Checked = std::expected<void, postgres::Problem>;

/// For each question to the source; the copy itself takes as long as it takes.
constexpr core::Duration question_limit = 10s;

/// The member that is copied.
struct Source {
  std::string name;
  postgres::Upstream upstream;
  postgres::Login login;
};

Source source_of(const Context& context, core::Ordinal whom) {
  Source source{.name = context.settings.cluster.identity->peer(whom).text,
                .upstream = {},
                .login = login_to(context, whom)};
  source.upstream = {.address = source.login.host, .port = source.login.port};
  return source;
}

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

/// Absent or empty: what will be there after the copy is ours to discard. Anything else may be the
/// only copy of something (S5); pg_basebackup refuses it.
bool is_free(const fs::path& directory) {
  std::error_code error;
  const auto status = fs::status(directory, error);
  if (status.type() == fs::file_type::not_found) return true;
  return status.type() == fs::file_type::directory && fs::is_empty(directory, error) && !error;
}

/// Where tablespaces lie on the source, and so here: pg_basebackup fills them before it makes the
/// links by which a discard would find them. A source that admits no reads (a warm standby) does
/// not tell.
awaitable<std::vector<fs::path>> tablespaces(postgres::PeerSession& peer) {
  std::vector<fs::path> found;
  if (!peer.sql) co_return found;
  const auto table = co_await peer.session.run(
      "SELECT location FROM pg_tablespace, pg_tablespace_location(oid) AS location WHERE location "
      "<> ''",
      std::nullopt);
  if (!table) co_return found;
  for (const postgres::Row& row : table->rows) {
    const fs::path location = row.at(0).value_or("");
    if (location.is_absolute() && is_free(location)) found.push_back(location);
  }
  co_return found;
}

awaitable<Outcome<>> have_slot(const Context& context, const Source& source,
                               postgres::PeerSession& peer) {
  const std::string slot = core::slot_name(context.settings.cluster.identity->pod());
  const postgres::SlotAnswer answer =
      co_await postgres::ensure_slot(peer, slot, postgres::SlotNeed::fresh);
  switch (answer.outcome) {
    case postgres::SlotOutcome::ready: co_return Outcome<>{};
    case postgres::SlotOutcome::in_use:
      co_return std::unexpected(cannot_clone(
          source, "our replication slot " + slot +
                      " is in use there: an earlier connection of ours has not ended yet, or "
                      "a second pod has this pod's name"));
    case postgres::SlotOutcome::no_slot:
    case postgres::SlotOutcome::failed: break;
  }
  co_return std::unexpected(
      cannot_clone(source, "our replication slot " + slot + " cannot be made: " + answer.detail));
}

awaitable<Outcome<>> copy(LongRun& run, const Context& context, const Source& source) {
  using namespace boost::asio::experimental::awaitable_operators;
  auto output = make_pipe();
  if (!output) co_return std::unexpected(Failure{.message = output.error()});
  const std::string slot = core::slot_name(context.settings.cluster.identity->pod());
  const std::vector<std::string> argv =
      postgres::basebackup(context.settings, source.upstream, slot);
  process::Command command{
      .program = process::find_beside("postgres", argv.front(), context.environment),
      .args = {argv.begin() + 1, argv.end()}};
  command.environment = server_environment(context);
  command.stderr_fd = output->write.number();
  const core::Instant began = now();
  const auto child = run.start(command);
  if (!child) co_return std::unexpected(child.error());
  output->write.close();
  CloneProgress progress(source.name, began);
  const auto ended =
      co_await (run.end_of(*child) && read_lines(run.executor(), std::move(output->read),
                                                 [&progress, &run](std::string_view line) {
                                                   progress.line(line, now());
                                                   run.progress_is(progress.reached());
                                                 }));
  if (!ended) co_return std::unexpected(ended.error());
  if (!ended->success()) {
    co_return std::unexpected(cannot_clone(
        source,
        "pg_basebackup ended with " + core::to_text(*ended) + ": " + progress.last_message()));
  }
  logs::event(
      logs::Level::info, "clone_copied",
      {{"source", source.name}, {"bytes", progress.bytes()}, {"seconds", (now() - began) / 1s}});
  co_return Outcome<>{};
}

/// The copy is complete and synced: up into PGDATA with it. From phase adopting on a start goes on
/// instead of beginning anew, so what makes the copy a primary must be there before.
Outcome<> take_over(const fs::path& pgdata, postgres::Marker marker, const Source& source,
                    core::SystemId expected, bool then_promote) {
  const auto control = postgres::read_control_file(postgres::staging_directory(pgdata));
  if (!control) return std::unexpected(cannot_clone(source, control.error()));
  if (control->system_id != expected) {
    return std::unexpected(
        cannot_clone(source, "the copy's system identifier is " +
                                 core::to_text(control->system_id) + ", the server's was " +
                                 core::to_text(expected) + ": its name led to different servers"));
  }
  marker.phase = postgres::Phase::adopting;
  marker.system_id = expected;
  Checked done;
  if (then_promote) done = postgres::set_promote_pending(pgdata, true);
  if (done) done = postgres::write_marker(pgdata, marker);
  if (done) done = postgres::adopt_staged(pgdata);
  if (done) done = postgres::remove_marker(pgdata);
  if (!done) return std::unexpected(failure(done.error()));
  return {};
}

/// The source is about to follow us: our slot on it would hold back its WAL for nobody.
awaitable<void> drop_slot(const Context& context, const Source& source) {
  const std::string slot = core::slot_name(context.settings.cluster.identity->pod());
  postgres::Login login = source.login;
  login.replication = true;
  auto session = co_await postgres::Session::connect(std::move(login), question_limit);
  if (session && co_await session->run("DROP_REPLICATION_SLOT " + slot, question_limit)) co_return;
  logs::event(
      logs::Level::warning, "slot_left", {{"slot", slot}, {"source", source.name}},
      "the slot that the clone was made through is still there: drop it, or it holds back WAL");
}

/// What is written before anything is copied. From here on a failure leaves the marker: the next
/// decision discards what is there, and the clone is tried again.
Checked prepare(const Context& context, const postgres::Marker& marker) {
  const fs::path pgdata = context.settings.official.pgdata;
  if (auto marked = postgres::write_marker(pgdata, marker); !marked) return marked;
  const auto written = postgres::write_file_atomically(layout::in(pgdata, layout::passfile),
                                                       postgres::passfile(context.settings), 0600);
  if (!written) return std::unexpected(written.error());
  return {};
}

/// What is to be copied, known from one conversation with the source.
struct Plan {
  postgres::PeerAnswer source;
  postgres::Marker marker;
};

/// Asks the source who it is, marks the directory, and has our slot made.
awaitable<Outcome<Plan>> begin_copy(LongRun& run, const Context& context, const Source& source) {
  auto peer = co_await postgres::talk_to_peer(source.login, question_limit);
  Plan plan;
  if (peer) {
    plan.source = co_await postgres::identify(*peer);
  } else {
    plan.source = peer.error();
  }
  if (const auto judged = judge_answer(context, source, plan.source); !judged)
    co_return std::unexpected(judged.error());
  if (run.stopping()) co_return std::unexpected(stopped());
  plan.marker.kind = core::directory::Bootstrap::clone;
  plan.marker.major = std::to_string(plan.source.server_major);
  plan.marker.tablespaces = co_await tablespaces(*peer);
  if (const auto prepared = prepare(context, plan.marker); !prepared)
    co_return std::unexpected(failure(prepared.error()));
  logs::event(logs::Level::info, "clone_started",
              {{"source", source.name}, {"system_id", core::to_text(plan.source.system_id)}});
  const auto slot = co_await have_slot(context, source, *peer);
  if (!slot) co_return std::unexpected(slot.error());
  co_return plan;
}

}  // namespace

awaitable<Outcome<>> clone(LongRun& run, const Context& context, core::Ordinal whom,
                           bool then_promote) {
  const fs::path pgdata = context.settings.official.pgdata;
  const Source source = source_of(context, whom);
  const auto plan = co_await begin_copy(run, context, source);
  if (!plan) co_return std::unexpected(plan.error());
  auto done = co_await copy(run, context, source);
  if (done && then_promote) co_await drop_slot(context, source);
  if (done) done = take_over(pgdata, plan->marker, source, plan->source.system_id, then_promote);
  if (!done) co_return done;
  logs::event(logs::Level::info, "clone_done", {{"source", source.name}});
  co_return done;
}

}  // namespace runtime
