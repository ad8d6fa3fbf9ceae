#include "runtime/own_session.hpp"

#include <filesystem>

#include "postgres/files.hpp"
#include "postgres/layout.hpp"
#include "postgres/server_file.hpp"

namespace runtime {
namespace {

postgres::SqlError cannot_connect(std::string message) {
  return postgres::SqlError{.kind = postgres::SqlError::Kind::cannot_connect,
                            .sqlstate = {},
                            .message = std::move(message)};
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.pop_back();
  return text;
}

}  // namespace

boost::asio::awaitable<std::expected<postgres::Session, postgres::SqlError>> own_session(
    const Context& context, core::Duration limit) {
  const std::filesystem::path pgdata = context.settings.official.pgdata;
  const auto file = postgres::read_server_file(pgdata);
  if (!file || !*file)
    co_return std::unexpected(cannot_connect("no postmaster.pid in " + pgdata.string()));
  const std::string& socket = (*file)->socket_directory;
  if (socket.empty()) {
    co_return std::unexpected(
        cannot_connect("the server has no Unix socket: unix_socket_directories is empty"));
  }
  const auto key = postgres::read_file(pgdata / postgres::layout::key);
  if (!key || !*key)
    co_return std::unexpected(cannot_connect("this data directory has no session key"));
  postgres::Login login{
      .host = socket, .port = (*file)->port, .user = "pgordinal", .password = trimmed(**key)};
  co_return co_await postgres::Session::connect(std::move(login), limit);
}

}  // namespace runtime
