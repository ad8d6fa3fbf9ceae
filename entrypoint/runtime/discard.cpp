#include "runtime/discard.hpp"

#include <filesystem>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "postgres/bootstrap_marker.hpp"
#include "postgres/data_directory.hpp"
#include "runtime/configure.hpp"

namespace runtime {
namespace {

std::expected<void, postgres::Problem> discard_or_finish(const std::filesystem::path& pgdata) {
  const auto marker = postgres::read_marker(pgdata);
  if (!marker) return std::unexpected(marker.error());
  const bool copy_complete = *marker && (*marker)->kind != core::directory::Bootstrap::initdb &&
                             (*marker)->phase == postgres::Phase::adopting;
  if (!copy_complete) return postgres::discard(pgdata);
  const auto adopted = postgres::adopt_staged(pgdata);
  return adopted ? postgres::remove_marker(pgdata) : adopted;
}

}  // namespace

boost::asio::awaitable<Outcome<>> discard_unfinished(LongRun& run, const Context& context) {
  const std::filesystem::path pgdata = context.settings.official.pgdata;
  boost::asio::thread_pool beside(1);
  co_await boost::asio::post(boost::asio::bind_executor(beside, boost::asio::use_awaitable));
  const auto done = discard_or_finish(pgdata);
  co_await boost::asio::post(
      boost::asio::bind_executor(run.executor(), boost::asio::use_awaitable));
  if (!done) co_return std::unexpected(failure(done.error()));
  co_return Outcome<>{};
}

}  // namespace runtime
