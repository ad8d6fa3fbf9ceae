#include "runtime/promote.hpp"

#include <csignal>
#include <filesystem>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "postgres/control_file.hpp"
#include "postgres/data_directory.hpp"
#include "postgres/files.hpp"
#include "runtime/clock.hpp"
#include "runtime/configure.hpp"

namespace runtime {
namespace {

using namespace std::chrono_literals;

constexpr mode_t private_file = 0600;
constexpr auto poll_period = 20ms;

}  // namespace

boost::asio::awaitable<Outcome<>> promote(LongRun& run, const Context& context,
                                          core::Instant deadline,
                                          std::function<void(int)> signal_server) {
  const std::filesystem::path pgdata = context.settings.official.pgdata;
  // PROMOTE_SIGNAL_FILE and SIGUSR1: what `pg_ctl promote` does (src/bin/pg_ctl/pg_ctl.c,
  // do_promote).
  const auto asked = postgres::write_file_atomically(pgdata / "promote", "", private_file);
  if (!asked) co_return std::unexpected(failure(asked.error()));
  signal_server(SIGUSR1);

  boost::asio::steady_timer timer(run.executor());
  for (;;) {
    const auto control = postgres::read_control_file(pgdata);
    if (control && control->state == core::directory::State::in_production) break;
    if (run.stopping() || now() >= deadline) {
      co_return std::unexpected(
          Failure{.exit_code = 1,
                  .message = "the promotion did not end in time: see PostgreSQL's log above. The "
                             "next start tries again"});
    }
    timer.expires_after(poll_period);
    co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
  const auto done = postgres::set_promote_pending(pgdata, false);
  if (!done) co_return std::unexpected(failure(done.error()));
  co_return Outcome<>{};
}

}  // namespace runtime
