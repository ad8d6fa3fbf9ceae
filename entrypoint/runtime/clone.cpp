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
#include "postgres/tools.hpp"
#include "process/program.hpp"
#include "runtime/child_input.hpp"
#include "runtime/clock.hpp"
#include "runtime/clone_progress.hpp"
#include "runtime/clone_room.hpp"
#include "runtime/clone_source.hpp"
#include "runtime/configure.hpp"
#include "runtime/in_thread.hpp"
#include "runtime/line_reader.hpp"

namespace runtime {
namespace {

using boost::asio::awaitable;
using namespace std::chrono_literals;
namespace fs = std::filesystem;
namespace layout = postgres::layout;
using Checked = std::expected<void, postgres::Problem>;

/// For each question to the source; the copy itself takes as long as it takes.
constexpr core::Duration question_limit = 10s;

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

/// The copy is complete and synced: up into PGDATA with it. From here on a start goes on instead of
/// beginning anew, so what makes the copy a primary must be there before.
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
  marker.phase = marker.phase == postgres::Phase::beside ? postgres::Phase::replacing
                                                         : postgres::Phase::adopting;
  marker.system_id = expected;
  Checked done;
  if (then_promote) done = postgres::set_promote_pending(pgdata, true);
  if (done) done = postgres::write_marker(pgdata, marker);
  if (done) done = postgres::finish_staged(pgdata);
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

/// Asks the source who it is.
awaitable<Outcome<postgres::PeerSession>> meet(LongRun& run, const Context& context,
                                               const Source& source, Plan& plan) {
  auto peer = co_await postgres::talk_to_peer(source.login, question_limit);
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
  co_return std::move(*peer);
}

/// Marks the directory, has our slot made, and copies.
awaitable<Outcome<>> mark_and_copy(LongRun& run, const Context& context, const Source& source,
                                   postgres::PeerSession& peer, const Plan& plan) {
  if (const auto prepared = prepare(context, plan.marker); !prepared)
    co_return std::unexpected(failure(prepared.error()));
  logs::event(logs::Level::info, "clone_started",
              {{"source", source.name}, {"system_id", core::to_text(plan.source.system_id)}});
  const auto slot = co_await have_slot(context, source, peer);
  if (!slot) co_return slot;
  co_return co_await copy(run, context, source);
}

/// There is no room beside it: the old copy goes first. Its source has answered, and the choice was
/// made on what it said (S5).
awaitable<Outcome<>> discard_copy(LongRun& run, const Context& context, Plan plan,
                                  const std::string& why) {
  const fs::path pgdata = context.settings.official.pgdata;
  logs::event(logs::Level::warning, "clone_discards_first", {},
              "the old copy is removed before the new one is complete: " + why);
  plan.marker.phase = postgres::Phase::init;
  const auto discarded = co_await in_thread(run, [&]() -> Checked {
    if (auto marked = postgres::write_marker(pgdata, plan.marker); !marked) return marked;
    return postgres::discard(pgdata);
  });
  if (!discarded) co_return std::unexpected(failure(discarded.error()));
  co_return Outcome<>{};
}

/// The old copy is kept in its place until the new one is complete.
awaitable<Outcome<>> copy_beside(LongRun& run, const Context& context, const Source& source,
                                 postgres::PeerSession& peer, Plan plan) {
  const fs::path pgdata = context.settings.official.pgdata;
  plan.marker.phase = postgres::Phase::beside;
  logs::event(logs::Level::info, "clone_beside", {},
              "the old copy is kept until the new one is complete");
  auto done = co_await mark_and_copy(run, context, source, peer, plan);
  if (!done) {
    const auto dropped = co_await in_thread(run, [&] { return postgres::drop_beside(pgdata); });
    if (!dropped) logs::event(logs::Level::error, "volume", {}, failure(dropped.error()).message);
    co_return done;
  }
  co_return co_await in_thread(
      run, [&] { return take_over(pgdata, plan.marker, source, plan.source.system_id, false); });
}

}  // namespace

awaitable<Outcome<>> clone(LongRun& run, const Context& context, core::Ordinal whom,
                           bool then_promote) {
  const fs::path pgdata = context.settings.official.pgdata;
  const Source source = source_of(context, whom);
  Plan plan;
  auto peer = co_await meet(run, context, source, plan);
  if (!peer) co_return std::unexpected(peer.error());
  plan.marker.tablespaces = co_await tablespaces(*peer);
  auto done = co_await mark_and_copy(run, context, source, *peer, plan);
  if (done && then_promote) co_await drop_slot(context, source);
  if (done) done = take_over(pgdata, plan.marker, source, plan.source.system_id, then_promote);
  if (!done) co_return done;
  logs::event(logs::Level::info, "clone_done", {{"source", source.name}});
  co_return done;
}

awaitable<Outcome<>> clone_in_place(LongRun& run, const Context& context, core::Ordinal whom) {
  const auto found = postgres::inspect(context.settings.official.pgdata);
  const auto* cluster = std::get_if<core::directory::Cluster>(&found);
  if (cluster == nullptr)
    co_return std::unexpected(Failure{.message = "there is no copy that could be replaced"});
  const Source source = source_of(context, whom);
  Plan plan;
  auto peer = co_await meet(run, context, source, plan);
  if (!peer) co_return std::unexpected(peer.error());
  plan.marker.system_id = cluster->control.system_id;
  if (plan.source.system_id != *plan.marker.system_id) {
    co_return std::unexpected(
        cannot_clone(source, "its system identifier is " + core::to_text(plan.source.system_id) +
                                 ", this copy's is " + core::to_text(*plan.marker.system_id)));
  }
  const Room room = co_await room_beside(run, context, *peer);
  if (!room.enough) {
    const auto discarded = co_await discard_copy(run, context, plan, room.why);
    if (!discarded) co_return discarded;
    co_return co_await clone(run, context, whom, false);
  }
  const auto done = co_await copy_beside(run, context, source, *peer, plan);
  if (done) logs::event(logs::Level::info, "clone_done", {{"source", source.name}});
  co_return done;
}

}  // namespace runtime
