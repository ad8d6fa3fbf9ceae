#include "postgres/durability.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <memory>
#include <optional>
#include <set>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "postgres/descriptor.hpp"
#include "postgres/listing.hpp"

namespace postgres {
namespace {

namespace asio = boost::asio;
using std::filesystem::path;
using Outcome = std::expected<void, Problem>;

constexpr std::pair first_reporting_kernel{5, 8};

std::vector<path> parts_of(const path& data) {
  std::vector<path> parts{data, data / "pg_wal"};
  const auto tablespaces = names_in(data / "pg_tblspc");
  if (!tablespaces) return parts;
  for (const std::string& name : *tablespaces)
    parts.push_back(data / "pg_tblspc" / name);
  return parts;
}

Outcome sync_all(const path& data) {
  std::set<dev_t> done;
  for (const path& part : parts_of(data)) {
    const Descriptor directory(::open(part.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct stat found{};
    if (!directory.open() || ::fstat(directory.number(), &found) != 0) {
      return std::unexpected(file_problem("open", part, errno));
    }
    if (!done.insert(found.st_dev).second) continue;
    if (::syncfs(directory.number()) != 0)
      return std::unexpected(file_problem("sync", part, errno));
  }
  return {};
}

/// Where the thread leaves what came of it; shared, so that neither side outlives it.
struct Result {
  explicit Result(const asio::any_io_executor& executor)
      : done(executor, asio::steady_timer::time_point::max()) {}
  asio::steady_timer done;
  std::optional<Outcome> outcome;
};

}  // namespace

asio::awaitable<std::expected<void, Problem>> sync_data_directory(path data) {
  const auto result = std::make_shared<Result>(co_await asio::this_coro::executor);
  std::thread([result, data = std::move(data)] {
    Outcome outcome = sync_all(data);
    asio::post(result->done.get_executor(), [result, outcome = std::move(outcome)]() mutable {
      result->outcome = std::move(outcome);
      result->done.cancel();
    });
  }).detach();
  co_await result->done.async_wait(asio::as_tuple(asio::use_awaitable));
  if (result->outcome) co_return std::move(*result->outcome);
  co_return std::unexpected(
      Problem{.what = "The sync was given up.", .remedy = "Nothing to do: a stop was asked for."});
}

bool syncfs_reports_errors(std::string_view kernel_release) {
  const char* begin = kernel_release.data();
  const char* end = begin + kernel_release.size();
  std::pair version{0, 0};
  const auto first = std::from_chars(begin, end, version.first);
  if (first.ec != std::errc() || first.ptr == end) return false;
  std::from_chars(first.ptr + 1, end, version.second);
  return version >= first_reporting_kernel;
}

bool syncfs_reports_errors() {
  utsname names{};
  return ::uname(&names) == 0 && syncfs_reports_errors(names.release);
}

}  // namespace postgres
