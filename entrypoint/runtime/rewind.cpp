#include "runtime/rewind.hpp"

#include <filesystem>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "log/log.hpp"
#include "postgres/access.hpp"
#include "postgres/bootstrap_marker.hpp"
#include "postgres/control_file.hpp"
#include "postgres/data_directory.hpp"
#include "postgres/files.hpp"
#include "postgres/layout.hpp"
#include "postgres/member_file.hpp"
#include "postgres/rewind_files.hpp"
#include "postgres/tools.hpp"
#include "process/program.hpp"
#include "runtime/child_input.hpp"
#include "runtime/configure.hpp"
#include "runtime/data_id.hpp"
#include "runtime/given_up.hpp"
#include "runtime/init_environment.hpp"
#include "runtime/line_reader.hpp"
#include "runtime/single_user.hpp"

namespace runtime {
namespace {

using boost::asio::awaitable;
namespace fs = std::filesystem;
namespace layout = postgres::layout;
using core::directory::Cluster;
using Checked = std::expected<void, postgres::Problem>;

Outcome<> outcome_of(const Checked& done) {
  if (!done) return std::unexpected(failure(done.error()));
  return {};
}

/// After a crash: pg_rewind wants a cluster that was shut down, and so does its dry run. In
/// single-user mode, as it would do it itself, but with our configuration. PostgreSQL refuses
/// that beside standby.signal; whoever starts this directory writes that first anyway (S2).
awaitable<Outcome<>> recover(LongRun& run, const Context& context) {
  const fs::path pgdata = context.settings.official.pgdata;
  auto single = single_user(context);
  if (!single) co_return std::unexpected(single.error());
  const auto input = memory_file();
  if (!input) co_return std::unexpected(Failure{.message = input.error()});
  single->command.stdin_fd = input->number();
  const auto unmarked = postgres::set_standby_signal(pgdata, false);
  if (!unmarked) co_return std::unexpected(failure(unmarked.error()));
  logs::event(logs::Level::info, "rewind_recovers", {},
              "the server was not shut down: its WAL is replayed first");
  const auto ended = co_await run.run(single->command);
  const auto marked = postgres::set_standby_signal(pgdata, true);
  if (!ended) co_return std::unexpected(ended.error());
  if (!marked) co_return std::unexpected(failure(marked.error()));
  if (!ended->success()) {
    co_return std::unexpected(Failure{.message = "cannot rewind: crash recovery ended with " +
                                                 core::to_text(*ended) +
                                                 ", PostgreSQL's messages above say why"});
  }
  co_return Outcome<>{};
}

/// What pg_rewind said.
struct Said {
  std::optional<postgres::Divergence> fork;
  bool nothing_to_do = false;
  std::string last;
};

awaitable<Outcome<Said>> run_tool(LongRun& run, const Context& context,
                                  const postgres::Arguments& argv) {
  using namespace boost::asio::experimental::awaitable_operators;
  auto output = make_pipe();
  if (!output) co_return std::unexpected(Failure{.message = output.error()});
  process::Command command{
      .program = process::find_beside("postgres", argv.front(), context.environment),
      .args = {argv.begin() + 1, argv.end()}};
  command.environment = server_environment(context);
  set_variable(command.environment, "LC_ALL", "C");  // its messages are read
  command.stdout_fd = output->write.number();
  command.stderr_fd = output->write.number();
  const auto child = run.start(command);
  if (!child) co_return std::unexpected(child.error());
  output->write.close();
  Said said;
  const auto ended =
      co_await (run.end_of(*child) &&
                read_lines(run.executor(), std::move(output->read), [&said](std::string_view line) {
                  if (line.empty()) return;
                  if (const auto fork = postgres::parse_divergence(line)) said.fork = fork;
                  if (line.find("no rewind required") != std::string_view::npos)
                    said.nothing_to_do = true;
                  if (!line.starts_with("pg_rewind: detail:")) said.last = line;
                  logs::event(logs::Level::debug, "pg_rewind", {}, line);
                }));
  if (!ended) co_return std::unexpected(ended.error());
  if (!ended->success()) {
    co_return std::unexpected(Failure{.message = "cannot rewind: pg_rewind ended with " +
                                                 core::to_text(*ended) + ": " + said.last});
  }
  co_return said;
}

/// From the first write of the marker to the cluster's staging.
Checked open_up(const fs::path& pgdata, const core::PodName& pod, const postgres::Marker& marker) {
  auto done = postgres::drop_data_id(pgdata, pod);
  if (done) done = postgres::write_marker(pgdata, marker);
  if (!done) return done;
  done = postgres::stage_cluster(pgdata);
  if (!done && !postgres::has_staged(pgdata)) {
    // All is back in its place: nothing happened.
    if (auto removed = postgres::remove_marker(pgdata); !removed) return removed;
  }
  return done;
}

Checked close_up(const fs::path& pgdata, const core::PodName& pod, postgres::Marker marker) {
  auto done = postgres::set_standby_signal(postgres::staging_directory(pgdata), true);
  marker.phase = postgres::Phase::adopting;
  if (done) done = postgres::write_marker(pgdata, marker);
  if (done) done = postgres::adopt_staged(pgdata);
  if (done) done = postgres::give_data_id(pgdata, pod, fresh_data_id());
  if (done) done = postgres::remove_marker(pgdata);
  return done;
}

postgres::Marker marker_for(const fs::path& pgdata, const Cluster& cluster) {
  postgres::Marker marker{.kind = core::directory::Bootstrap::rewind,
                          .phase = postgres::Phase::init,
                          .major = cluster.version,
                          .system_id = cluster.control.system_id};
  std::error_code error;
  const fs::path link = fs::read_symlink(pgdata / "pg_wal", error);
  if (!error && link.is_absolute()) marker.waldir = link;
  return marker;
}

}  // namespace

awaitable<Outcome<>> rewind(LongRun& run, const Context& context, postgres::Upstream source,
                            std::uint64_t gives_up) {
  const fs::path pgdata = context.settings.official.pgdata;
  const core::PodName pod = context.settings.cluster.identity->pod();
  const auto content = postgres::inspect(pgdata);
  const auto* cluster = std::get_if<Cluster>(&content);
  if (cluster == nullptr)
    co_return std::unexpected(Failure{.message = pgdata.string() + " holds nothing to rewind"});
  const auto passfile = postgres::write_file_atomically(layout::in(pgdata, layout::passfile),
                                                        postgres::passfile(context.settings), 0600);
  if (!passfile) co_return std::unexpected(failure(passfile.error()));
  if (!was_shut_down(cluster->control)) {
    const auto recovered = co_await recover(run, context);
    if (!recovered) co_return recovered;
  }
  const auto tried = co_await run_tool(
      run, context, postgres::rewind(context.settings, source, pgdata, pgdata, true));
  if (!tried) co_return std::unexpected(tried.error());
  // Also where the source's pg_control does not show its new timeline yet (before 16).
  if (tried->nothing_to_do || !tried->fork) {
    co_return std::unexpected(
        Failure{.message = "cannot rewind: pg_rewind finds no difference to " + source.address +
                           ". Either its first checkpoint since it took over is not done, or the "
                           "histories are not what they seem"});
  }
  if (gives_up != 0) co_await keep_aside(run, pgdata, *tried->fork, gives_up);
  if (run.stopping()) co_return std::unexpected(stopped());
  const postgres::Marker marker = marker_for(pgdata, *cluster);
  auto done = outcome_of(open_up(pgdata, pod, marker));
  if (!done) co_return done;
  logs::event(logs::Level::info, "rewind_started",
              {{"source", source.address}, {"from", core::to_text(tried->fork->at)}});
  const auto rewound =
      co_await run_tool(run, context,
                        postgres::rewind(context.settings, source,
                                         postgres::staging_directory(pgdata), pgdata, false));
  if (!rewound) co_return std::unexpected(rewound.error());
  done = outcome_of(close_up(pgdata, pod, marker));
  if (done) logs::event(logs::Level::info, "rewind_done", {{"source", source.address}});
  co_return done;
}

}  // namespace runtime
