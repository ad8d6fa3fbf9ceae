#include "runtime/temporary_server.hpp"

#include <charconv>
#include <csignal>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "postgres/access.hpp"
#include "postgres/control_file.hpp"
#include "postgres/files.hpp"
#include "postgres/server_file.hpp"
#include "postgres/tools.hpp"
#include "runtime/clock.hpp"
#include "runtime/configure.hpp"
#include "runtime/init_environment.hpp"

namespace runtime {
namespace {

using boost::asio::awaitable;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// postmaster.pid is looked at this often while the server starts.
constexpr core::Duration poll_period = 5ms;

/// PGCTLTIMEOUT, in seconds (pg_ctl, "Environment").
core::Duration patience(const Context& context) {
  const std::string text = variable(context.environment, "PGCTLTIMEOUT").value_or("");
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  return std::chrono::seconds(error == std::errc{} && seconds > 0 ? seconds : 60);
}

Outcome<PrivateDirectory> make_socket_directory(const fs::path& pgdata) {
  auto directory = PrivateDirectory::make({"/var/run/postgresql", "/tmp", pgdata});
  if (!directory) return std::unexpected(Failure{.message = directory.error()});
  const auto written = postgres::write_file_atomically(directory->path() / "pg_hba.conf",
                                                       postgres::temporary_hba(), 0600);
  if (!written) return std::unexpected(failure(written.error()));
  return std::move(*directory);
}

/// The user's arguments, then ours: a later one wins (contract clause 11).
std::vector<std::string> options_for(const Context& context, const Configured& configured,
                                     const fs::path& directory) {
  std::vector<std::string> users = context.server_args;
  users.insert(users.end(), configured.more_args.begin(), configured.more_args.end());
  const core::OfficialSettings& official = context.settings.official;
  std::vector<std::string> argv =
      postgres::temporary_server(official.pgdata, users, directory, configured.main_conf);
  argv.erase(argv.begin());
  argv.insert(argv.end(), {"-c", "full_page_writes=off", "-p", std::to_string(official.port)});
  return argv;
}

Failure ended_early(const core::ExitStatus& status) {
  return Failure{.exit_code = status.success() ? 1 : status.code(),
                 .message = "the temporary server of the bootstrap ended with " +
                            core::to_text(status) +
                            " before it accepted connections; PostgreSQL's own messages above say "
                            "why. Nothing of this "
                            "bootstrap is kept"};
}

}  // namespace

TemporaryServer::TemporaryServer(const Context& context, PrivateDirectory socket_directory,
                                 std::vector<std::string> options, process::Child postmaster,
                                 core::Duration patience)
    : context_(&context),
      socket_directory_(std::move(socket_directory)),
      options_(std::move(options)),
      postmaster_(std::move(postmaster)),
      patience_(patience) {}

awaitable<Outcome<TemporaryServer>> TemporaryServer::start(LongRun& run, const Context& context) {
  const auto configured = configure(context, core::Role::primary, {});
  if (!configured) co_return std::unexpected(configured.error());
  auto directory = make_socket_directory(context.settings.official.pgdata);
  if (!directory) co_return std::unexpected(directory.error());
  std::vector<std::string> options = options_for(context, *configured, directory->path());

  process::Command command{
      .program = "postgres", .args = options, .environment = server_environment(context)};
  set_variable(command.environment, "NOTIFY_SOCKET", "");  // its readiness is not the container's
  command.parent_death_signal = SIGQUIT;
  // SIGTERM would wait for sessions to end; what the server holds is discarded anyway.
  auto child = run.start(command, SIGQUIT);
  if (!child) co_return std::unexpected(child.error());
  TemporaryServer server(context, std::move(*directory), std::move(options), std::move(*child),
                         patience(context));
  const auto is_ready = co_await server.ready(run);
  if (!is_ready) {
    co_await server.abandon();
    co_return std::unexpected(is_ready.error());
  }
  co_return std::move(server);
}

awaitable<Outcome<>> TemporaryServer::ready(const LongRun& run) const {
  const core::Instant deadline = now() + patience_;
  while (now() < deadline) {
    if (run.stopping()) co_return std::unexpected(stopped());
    const auto file = postgres::read_server_file(context_->settings.official.pgdata);
    if (file && *file && (*file)->pid == postmaster_.pid() &&
        (*file)->phase == core::ServerPhase::ready) {
      co_return Outcome<>{};
    }
    if (const auto status = co_await postmaster_.exit_within(poll_period))
      co_return std::unexpected(ended_early(*status));
  }
  co_return std::unexpected(Failure{
      .message = "the temporary server of the bootstrap did not accept connections within " +
                 std::to_string(patience_ / 1s) + " s. PGCTLTIMEOUT gives it more time"});
}

postgres::Login TemporaryServer::login(std::string database) const {
  const core::OfficialSettings& official = context_->settings.official;
  return postgres::Login{.host = socket_directory().string(),
                         .port = official.port,
                         .user = official.user,
                         .password = official.password,
                         .database = std::move(database)};
}

pid_t TemporaryServer::pid() const {
  if (postmaster_.running()) return postmaster_.pid();
  const fs::path pgdata = context_->settings.official.pgdata;
  const auto file = postgres::read_server_file(pgdata);
  if (!file || !*file || postgres::occupant((*file)->pid, pgdata) != postgres::Occupant::postgres)
    return 0;
  return (*file)->pid;
}

awaitable<bool> TemporaryServer::ends_within(core::Duration budget) const {
  if (postmaster_.running()) co_return (co_await postmaster_.exit_within(budget)).has_value();
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  for (const core::Instant deadline = now() + budget; pid() != 0;) {
    if (now() >= deadline) co_return false;
    timer.expires_after(poll_period);
    co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
  co_return true;
}

awaitable<void> TemporaryServer::wait_for_end_of(pid_t backend) const {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  for (int tries = 0; tries < 100 && ::kill(backend, 0) == 0; ++tries) {
    timer.expires_after(2ms);
    co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
}

awaitable<Outcome<>> TemporaryServer::stop() {
  if (const pid_t server = pid(); server != 0) ::kill(server, SIGINT);
  if (!co_await ends_within(patience_)) {
    co_await abandon();
    co_return std::unexpected(
        Failure{.message = "the temporary server of the bootstrap did not shut down within " +
                           std::to_string(patience_ / 1s) +
                           " s (a session that an init file left open?). Nothing of "
                           "this bootstrap is kept"});
  }
  const auto control = postgres::read_control_file(context_->settings.official.pgdata);
  if (!control || control->state != core::directory::State::shut_down) {
    co_return std::unexpected(
        Failure{.message = "the temporary server of the bootstrap did not shut down cleanly. "
                           "Nothing of this bootstrap is kept"});
  }
  co_return Outcome<>{};
}

awaitable<void> TemporaryServer::abandon() {
  if (const pid_t server = pid(); server != 0) ::kill(server, SIGQUIT);
  if (co_await ends_within(6s)) co_return;
  if (const pid_t server = pid(); server != 0) ::kill(server, SIGKILL);
  co_await ends_within(1s);
}

}  // namespace runtime
