#include "runtime/initdb.hpp"

#include <iostream>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "postgres/bootstrap_marker.hpp"
#include "postgres/control_file.hpp"
#include "postgres/data_directory.hpp"
#include "postgres/durability.hpp"
#include "postgres/files.hpp"
#include "postgres/tools.hpp"
#include "runtime/borrowed_name.hpp"
#include "runtime/child_input.hpp"
#include "runtime/configure.hpp"
#include "runtime/line_reader.hpp"

namespace runtime {
namespace {

using boost::asio::awaitable;
namespace fs = std::filesystem;
using Checked = std::expected<void, postgres::Problem>;

/// initdb's words go on, with the directory that people know. Its warning that nothing was synced
/// is left out: that comes at the end, once for all.
void pass_on(std::string_view line, const std::string& staging, const std::string& pgdata) {
  if (line == "Sync to disk skipped." ||
      line.starts_with("The data directory might become corrupt"))
    return;
  std::string text(line);
  if (const auto at = text.find(staging); at != std::string::npos)
    text.replace(at, staging.size(), pgdata);
  std::cout << text << std::endl;
}

/// Why initdb may have failed, where the volume is so small or full that nothing else is likely:
/// initdb has removed its files by now, and its own words are many lines up.
std::string room_hint(const fs::path& pgdata) {
  constexpr std::uintmax_t megabyte = std::uintmax_t{1} << 20;
  // A new cluster takes about 40 MB, and 16 MB more with its second WAL segment.
  constexpr std::uintmax_t needed = 64 * megabyte;
  std::error_code unknown;
  const fs::space_info room = fs::space(pgdata, unknown);
  if (unknown || room.available >= needed) return {};
  return ". The volume has only " + std::to_string(room.available / megabyte) +
         " MB free, and a new cluster takes about " + std::to_string(needed / megabyte) +
         " MB: make room, or give it a larger volume";
}

awaitable<Outcome<>> run_initdb(LongRun& run, const Context& context,
                                const std::vector<std::string>& words) {
  using namespace boost::asio::experimental::awaitable_operators;
  const core::OfficialSettings& official = context.settings.official;
  const auto password = memory_file(official.password + "\n");
  auto output = make_pipe();
  if (!password) co_return std::unexpected(Failure{.message = password.error()});
  if (!output) co_return std::unexpected(Failure{.message = output.error()});
  const std::vector<std::string> argv = postgres::initdb(official, words);
  process::Command command{.program = argv.front(), .args = {argv.begin() + 1, argv.end()}};
  command.environment = server_environment(context);
  const BorrowedName name = BorrowedName::make(official.pgdata);
  name.add_to(command.environment);
  command.stdin_fd = password->number();
  command.stdout_fd = output->write.number();
  const auto child = run.start(command);
  if (!child) co_return std::unexpected(child.error());
  output->write.close();
  const std::string staging = postgres::staging_directory(official.pgdata).string();
  const auto ended =
      co_await (run.end_of(*child) &&
                read_lines(run.executor(), std::move(output->read), [&](std::string_view line) {
                  pass_on(line, staging, official.pgdata);
                }));
  if (!ended) co_return std::unexpected(ended.error());
  if (ended->success()) co_return Outcome<>{};
  co_return std::unexpected(Failure{.exit_code = ended->code(),
                                    .message = "initdb failed: " + core::to_text(*ended) +
                                               "; its own messages above say why" +
                                               room_hint(official.pgdata)});
}

std::string major_in(const fs::path& directory) {
  const auto text = postgres::read_file(directory / "PG_VERSION");
  if (!text || !*text) return {};
  return (*text)->substr(0, (*text)->find('\n'));
}

/// What the new cluster is, into the marker; then its files up into PGDATA.
Outcome<> take_over(const fs::path& pgdata, postgres::Marker marker) {
  const fs::path staging = postgres::staging_directory(pgdata);
  const auto control = postgres::read_control_file(staging);
  if (!control) return std::unexpected(Failure{.message = control.error()});
  marker.major = major_in(staging);
  marker.system_id = control->system_id;
  marker.phase = postgres::Phase::adopting;
  Checked done = postgres::write_marker(pgdata, marker);
  if (done) done = postgres::adopt_staged(pgdata);
  marker.phase = postgres::Phase::init;
  if (done) done = postgres::write_marker(pgdata, marker);
  if (!done) return std::unexpected(failure(done.error()));
  return {};
}

}  // namespace

awaitable<Outcome<>> make_cluster(LongRun& run, const Context& context,
                                  std::vector<std::string> words) {
  const core::OfficialSettings& official = context.settings.official;
  postgres::Marker marker;
  marker.major = official.major;
  // A discard will empty it, so it must hold nothing now. initdb refuses one that does, and a
  // relative one.
  const fs::path waldir = postgres::initdb_waldir(official, words);
  std::error_code absent;
  if (waldir.is_absolute() && (!fs::exists(waldir, absent) || fs::is_empty(waldir, absent)))
    marker.waldir = waldir;
  const auto marked = postgres::write_marker(official.pgdata, marker);
  if (!marked) co_return std::unexpected(failure(marked.error()));
  const auto made = co_await run_initdb(run, context, words);
  if (!made) co_return made;
  co_return take_over(official.pgdata, marker);
}

namespace {

/// File by file, where the kernel's syncfs would keep an error to itself.
awaitable<Outcome<>> sync_by_initdb(LongRun& run, const Context& context) {
  const std::vector<std::string> argv = postgres::sync_only(context.settings.official.pgdata);
  process::Command command{.program = argv.front(), .args = {argv.begin() + 1, argv.end()}};
  command.environment = server_environment(context);
  const auto ended = co_await run.run(std::move(command));
  if (!ended) co_return std::unexpected(ended.error());
  if (ended->success()) co_return Outcome<>{};
  co_return std::unexpected(
      Failure{.exit_code = ended->code(),
              .message = "the new cluster could not be written to disk: initdb --sync-only ended "
                         "with " +
                         core::to_text(*ended)});
}

}  // namespace

awaitable<Outcome<>> sync_cluster(LongRun& run, const Context& context) {
  if (!postgres::syncfs_reports_errors()) co_return co_await sync_by_initdb(run, context);
  const auto done = co_await postgres::sync_data_directory(context.settings.official.pgdata);
  if (!done) co_return std::unexpected(failure(done.error()));
  if (run.stopping()) co_return std::unexpected(stopped());
  co_return Outcome<>{};
}

}  // namespace runtime
