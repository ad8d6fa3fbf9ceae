#include "runtime/given_up.hpp"

#include "log/log.hpp"
#include "postgres/layout.hpp"
#include "runtime/configure.hpp"
#include "runtime/in_thread.hpp"

namespace runtime {

using boost::asio::awaitable;
namespace fs = std::filesystem;
namespace layout = postgres::layout;

awaitable<void> keep_aside(LongRun& run, const fs::path& pgdata, postgres::Divergence fork,
                           std::uint64_t gives_up) {
  const core::Lsn end{fork.at.bytes + gives_up};
  const auto kept =
      co_await in_thread(run, [&] { return postgres::keep_given_up(pgdata, fork, end); });
  const std::string text = core::to_text(fork.at);
  if (kept && kept->all) {
    logs::event(logs::Level::warning, "wal_given_up",
                {{"bytes", gives_up}, {"from", text}, {"files", kept->files}},
                "WAL that no other member has is kept in " + std::string(layout::given_up));
    co_return;
  }
  logs::event(logs::Level::warning, "wal_given_up", {{"bytes", gives_up}, {"from", text}},
              kept ? "there is no room to keep all of it" : kept.error().what);
}

}  // namespace runtime
