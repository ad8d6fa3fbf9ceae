#include "runtime/configuration_answer.hpp"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "runtime/clock.hpp"
#include "runtime/joined.hpp"
#include "runtime/own_session.hpp"

namespace runtime {

using boost::asio::awaitable;

namespace {

constexpr core::Duration limit = std::chrono::seconds(5);
constexpr core::Duration look_again = std::chrono::milliseconds(50);
constexpr std::size_t longest_answer = 3500;

void put(std::string& text, std::string_view what, const std::vector<std::string>& names) {
  if (names.empty()) return;
  if (!text.empty()) text += '\n';
  text += std::string(what) + joined(names, ", ");
}

void put_lines(std::string& text, std::string_view head, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  if (!text.empty()) text += '\n';
  text += head;
  for (const std::string& line : lines)
    text += "\n  " + line;
}

}  // namespace

awaitable<std::vector<std::string>> file_errors(const Context& context) {
  if (!core::has_members(context.settings.cluster.mode)) co_return std::vector<std::string>{};
  auto session = co_await own_session(context, limit);
  if (!session) co_return std::vector<std::string>{};
  const auto table = co_await session->run(postgres::file_errors_query(), std::nullopt);
  if (!table) co_return std::vector<std::string>{};
  co_return postgres::parse_file_errors(*table);
}

awaitable<std::optional<postgres::InForce>> in_force(const Context& context) {
  if (!core::has_members(context.settings.cluster.mode)) co_return std::nullopt;
  auto session = co_await own_session(context, limit);
  if (!session) co_return std::nullopt;
  const auto table = co_await session->run(postgres::in_force_query(), std::nullopt);
  if (!table) co_return std::nullopt;
  auto found = postgres::parse_in_force(*table);
  if (!found) co_return std::nullopt;
  co_return *std::move(found);
}

awaitable<std::optional<ServerReread>> server_reread(const Context& context,
                                                     postgres::InForce before) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  const core::Instant end = now() + limit;
  auto after = co_await in_force(context);
  while (after && after->loaded == before.loaded && now() < end) {
    timer.expires_after(look_again);
    co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    after = co_await in_force(context);
  }
  if (!after) co_return std::nullopt;
  ServerReread reread;
  reread.read = after->loaded != before.loaded;
  reread.changed = postgres::changed(before, *after);
  reread.pending = after->pending;
  reread.errors = co_await file_errors(context);
  co_return reread;
}

http::Said reload_answer(const Reread& ours, const std::optional<ServerReread>& server) {
  http::Said said{.accepted = ours.problems.empty(), .text = {}};
  put_lines(said.text,
            "pgordinal's settings have mistakes, so none of them was taken over:", ours.problems);
  put(said.text, "taken over: ", ours.taken_over);
  put(said.text, "take effect when the pod is restarted: ", ours.for_the_pod);
  if (server) {
    put_lines(said.text,
              server->read ? "PostgreSQL did not take these over, and goes on with what it had:"
                           : "PostgreSQL's files have mistakes, so it changed nothing:",
              server->errors);
    put(said.text, "changed in PostgreSQL: ", server->changed);
    put(said.text, "wait for a restart (`pgordinal restart`): ", server->pending);
    if (!server->read && server->errors.empty()) {
      put_lines(said.text, "PostgreSQL has not read its files within 5 s: see the pod's log",
                {std::string("then run `pgordinal reload` again")});
    }
    if (!server->read || !server->errors.empty()) said.accepted = false;
  } else {
    put(said.text, "given to PostgreSQL, whose log says what it takes over: ", ours.for_postgres);
    if (said.accepted && ours.for_postgres.empty())
      put(said.text, "",
          {"PostgreSQL, where it runs, reads its files again; its log says what it takes over"});
  }
  if (said.text.empty()) said.text = "read again; nothing has changed";
  if (said.text.size() > longest_answer) {
    said.text.resize(longest_answer);
    said.text += " ... (the pod's log has all)";
  }
  return said;
}

}  // namespace runtime
