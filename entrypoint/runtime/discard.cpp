#include "runtime/discard.hpp"

#include <filesystem>

#include "postgres/bootstrap_marker.hpp"
#include "postgres/data_directory.hpp"
#include "runtime/configure.hpp"
#include "runtime/in_thread.hpp"

namespace runtime {
namespace {

std::expected<void, postgres::Problem> discard_or_finish(const std::filesystem::path& pgdata) {
  const auto marker = postgres::read_marker(pgdata);
  if (!marker) return std::unexpected(marker.error());
  const bool copy_complete = *marker && (*marker)->kind != core::directory::Bootstrap::initdb &&
                             (*marker)->phase == postgres::Phase::adopting;
  if (!copy_complete) return postgres::discard(pgdata);
  return postgres::finish_staged(pgdata);
}

}  // namespace

boost::asio::awaitable<Outcome<>> discard_unfinished(LongRun& run, const Context& context) {
  const std::filesystem::path pgdata = context.settings.official.pgdata;
  const auto done = co_await in_thread(run, [&] { return discard_or_finish(pgdata); });
  if (!done) co_return std::unexpected(failure(done.error()));
  co_return Outcome<>{};
}

}  // namespace runtime
