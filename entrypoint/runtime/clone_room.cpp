#include "runtime/clone_room.hpp"

#include <charconv>
#include <filesystem>
#include <optional>

#include "postgres/data_directory.hpp"
#include "runtime/in_thread.hpp"

namespace runtime {

using boost::asio::awaitable;

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;
/// WAL that the copy streams along, and what is no database.
constexpr std::uint64_t besides = 128 * mebibyte;

awaitable<std::optional<std::uint64_t>> databases_of(postgres::PeerSession& source) {
  if (!source.sql) co_return std::nullopt;
  const auto table = co_await source.session.run(
      "SELECT sum(pg_catalog.pg_database_size(oid)) FROM pg_catalog.pg_database", std::nullopt);
  if (!table || table->rows.size() != 1) co_return std::nullopt;
  const std::string text = table->rows[0].at(0).value_or("");
  std::uint64_t bytes = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  if (error != std::errc() || end != text.data() + text.size()) co_return std::nullopt;
  co_return bytes;
}

std::uint64_t size_of(const fs::path& directory) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator at(directory, error), end; !error && at != end;
       at.increment(error)) {
    std::error_code gone;
    const bool file = at->is_regular_file(gone) && !at->is_symlink(gone);
    const std::uint64_t size = file ? at->file_size(gone) : 0;
    if (!gone) bytes += size;
  }
  return bytes;
}

}  // namespace

awaitable<Room> room_beside(LongRun& run, const Context& context, postgres::PeerSession& source) {
  const fs::path pgdata = context.settings.official.pgdata;
  if (!postgres::can_be_replaced(pgdata))
    co_return Room{.why =
                       "the cluster has tablespaces, or something is mounted into its directory"};
  const auto told = co_await databases_of(source);
  const std::uint64_t bytes =
      told ? *told : co_await in_thread(run, [&] { return size_of(pgdata); });
  const std::uint64_t needed = bytes + bytes / 10 + besides;
  std::error_code error;
  const fs::space_info space = fs::space(pgdata, error);
  if (error) co_return Room{.why = "the volume does not tell its free space: " + error.message()};
  if (space.available >= needed) co_return Room{.enough = true, .why = {}};
  co_return Room{.why = "the volume has " + std::to_string(space.available / mebibyte) +
                        " MiB free, and it takes " + std::to_string(needed / mebibyte)};
}

}  // namespace runtime
