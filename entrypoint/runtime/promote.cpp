#include "runtime/promote.hpp"

#include <csignal>
#include <filesystem>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "postgres/control_file.hpp"
#include "postgres/data_directory.hpp"
#include "postgres/files.hpp"
#include "postgres/timelines.hpp"
#include "runtime/clock.hpp"
#include "runtime/configure.hpp"
#include "runtime/own_session.hpp"

namespace runtime {
namespace {

using namespace std::chrono_literals;

constexpr mode_t private_file = 0600;
constexpr auto poll_period = 20ms;
/// Where every millisecond is one without a primary; a look takes some 20 µs.
constexpr auto brief_period = 2ms;

/// PROMOTE_SIGNAL_FILE and SIGUSR1: what `pg_ctl promote` does (src/bin/pg_ctl/pg_ctl.c,
/// do_promote).
Outcome<> ask_for_promotion(const std::filesystem::path& pgdata,
                            const std::function<void(int)>& signal_server) {
  const auto asked = postgres::write_file_atomically(pgdata / "promote", "", private_file);
  if (!asked) return std::unexpected(failure(asked.error()));
  signal_server(SIGUSR1);
  return {};
}

/// The same moment at which the server begins to take writes (StartupXLOG, xlog.c).
bool in_production(const std::filesystem::path& pgdata) {
  const auto control = postgres::read_control_file(pgdata);
  return control && control->state == core::directory::State::in_production;
}

}  // namespace

boost::asio::awaitable<Outcome<>> promote(LongRun& run, const Context& context,
                                          core::Instant deadline,
                                          std::function<void(int)> signal_server) {
  const std::filesystem::path pgdata = context.settings.official.pgdata;
  const auto asked = ask_for_promotion(pgdata, signal_server);
  if (!asked) co_return asked;

  boost::asio::steady_timer timer(run.executor());
  while (!in_production(pgdata)) {
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

boost::asio::awaitable<Outcome<core::Timeline>> promote_to(LongRun& run, const Context& context,
                                                           Promotion promotion,
                                                           std::function<void(int)> signal_server,
                                                           std::function<bool()> runs) {
  const std::filesystem::path pgdata = context.settings.official.pgdata;
  const auto reserved = postgres::reserve(pgdata, promotion.known, promotion.wanted);
  if (!reserved) co_return std::unexpected(failure(reserved.error()));
  const auto asked = ask_for_promotion(pgdata, signal_server);
  if (!asked) co_return std::unexpected(asked.error());

  boost::asio::steady_timer timer(run.executor());
  while (!in_production(pgdata)) {
    if (run.stopping()) co_return std::unexpected(stopped());
    if (!runs())
      co_return std::unexpected(Failure{.message = "the server ended while it was promoted: see "
                                                   "PostgreSQL's log above"});
    if (now() >= promotion.deadline)
      co_return std::unexpected(
          Failure{.message = "the promotion did not end in time: see PostgreSQL's log above"});
    timer.expires_after(brief_period);
    co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
  // pg_control has the new number only after the next checkpoint; its history file is there before
  // the first record on it.
  const auto timeline = postgres::highest_history(pgdata);
  if (!timeline) co_return std::unexpected(failure(timeline.error()));
  co_return *timeline;
}

boost::asio::awaitable<Outcome<>> checkpoint(const Context& context, core::Duration limit) {
  auto session = co_await own_session(context, limit);
  if (!session) {
    co_return std::unexpected(Failure{.message = "no checkpoint: " + session.error().message});
  }
  const auto done = co_await session->run("CHECKPOINT", std::nullopt);
  if (!done) {
    co_return std::unexpected(Failure{.message = "the checkpoint failed: " + done.error().message});
  }
  co_return Outcome<>{};
}

}  // namespace runtime
