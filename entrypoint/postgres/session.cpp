#include "postgres/session.hpp"

#include <array>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <libpq-fe.h>

#include "postgres/name_lookup.hpp"
#include "postgres/sql_error.hpp"

namespace postgres {
namespace {

namespace asio = boost::asio;
using Descriptor = asio::posix::stream_descriptor;
using Kind = SqlError::Kind;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr const char* nowhere = "/nonexistent/pgordinal";

struct FreeResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPointer = std::unique_ptr<PGresult, FreeResult>;

SqlError timed_out(std::string_view what) {
  return {.kind = Kind::timed_out, .sqlstate = {}, .message = std::string(what) + " took too long"};
}

/// libpq prints notices to stderr when nobody takes them.
void ignore_notice(void* /*context*/, const PGresult* /*notice*/) {}

std::string list_of(const std::vector<std::string>& items) {
  std::string list;
  for (const std::string& item : items)
    list += (list.empty() ? "" : ",") + item;
  return list;
}

/// Keywords for PQconnectStartParams. Empty values are left to libpq's defaults.
PGconn* start(const Login& login, const std::vector<std::string>& addresses) {
  const std::string hosts =
      addresses.empty() ? login.host : list_of(std::vector(addresses.size(), login.host));
  const std::string hostaddrs = list_of(addresses);
  const std::string port = std::to_string(login.port);
  const bool physical = login.replication && !login.with_sql;
  const std::array<std::pair<const char*, const char*>, 15> options{{
      {"host", hosts.c_str()},
      {"hostaddr", hostaddrs.c_str()},
      {"port", port.c_str()},
      {"user", login.user.c_str()},
      {"password", login.password.c_str()},
      {"passfile", nowhere},  // never ~/.pgpass
      {"dbname", physical ? "replication" : login.database.c_str()},
      {"replication", physical            ? "true"
                      : login.replication ? "database"
                                          : ""},
      {"application_name", "pgordinal"},
      {"sslmode", "prefer"},
      // Never ~/.postgresql: it may be root's, which fails the TLS handshake once we are not root.
      {"sslcert", nowhere},
      {"sslkey", nowhere},
      {"sslrootcert", nowhere},
      {"sslcrl", nowhere},
      // Whatever ALTER ROLE or ALTER DATABASE say: our deadlines are our own.
      {"options", "-c statement_timeout=0 -c default_transaction_read_only=off"},
  }};
  std::array<const char*, options.size() + 1> names{};
  std::array<const char*, options.size() + 1> values{};
  for (std::size_t index = 0; index < options.size(); ++index) {
    names[index] = options[index].first;
    values[index] = options[index].second;
  }
  return PQconnectStartParams(names.data(), values.data(), 0);
}

Table table_of(const PGresult* result) {
  Table table;
  const int columns = PQnfields(result);
  for (int column = 0; column < columns; ++column)
    table.columns.emplace_back(PQfname(result, column));
  for (int line = 0; line < PQntuples(result); ++line) {
    Row& row = table.rows.emplace_back();
    for (int column = 0; column < columns; ++column) {
      const bool null = PQgetisnull(result, line, column) != 0;
      const auto length = static_cast<std::size_t>(PQgetlength(result, line, column));
      row.push_back(null ? std::nullopt
                         : std::optional<std::string>(std::in_place,
                                                      PQgetvalue(result, line, column), length));
    }
  }
  return table;
}

std::string_view field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? "" : text;
}

SqlError error_of(const PGresult* result, PGconn* handle) {
  const std::string_view sqlstate = field(result, PG_DIAG_SQLSTATE);
  if (sqlstate.empty()) return connection_error(PQerrorMessage(handle));
  return statement_error(sqlstate, field(result, PG_DIAG_MESSAGE_PRIMARY),
                         field(result, PG_DIAG_MESSAGE_DETAIL));
}

}  // namespace

/// The libpq handle and what waits for its socket. libpq closes and opens sockets as it likes while
/// it connects, so Asio is told of the socket only between its calls.
struct Session::Connection {
  explicit Connection(const asio::any_io_executor& executor)
      : socket(executor), deadline(executor) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    detach();
    PQfinish(handle);
  }

  void attach() {
    boost::system::error_code error;
    if (const int number = PQsocket(handle); number >= 0) socket.assign(number, error);
  }
  void detach() {
    if (socket.is_open()) socket.release();  // libpq closes it
  }

  /// False when the deadline came first.
  asio::awaitable<bool> ready(Descriptor::wait_type what) {
    using namespace asio::experimental::awaitable_operators;
    if (!socket.is_open()) co_return true;  // libpq will say what is wrong with it
    const auto first =
        co_await (socket.async_wait(what, as_result) || deadline.async_wait(as_result));
    co_return first.index() == 0;
  }

  asio::awaitable<std::optional<SqlError>> finish_connecting();
  asio::awaitable<std::expected<Table, SqlError>> results();
  asio::awaitable<std::optional<SqlError>> flush();
  asio::awaitable<std::expected<Table, SqlError>> converse(bool sent);

  SqlError broke(SqlError error) {
    broken = true;
    return error;
  }

  PGconn* handle = nullptr;
  Descriptor socket;
  asio::steady_timer deadline;
  bool broken = false;
};

asio::awaitable<std::optional<SqlError>> Session::Connection::finish_connecting() {
  PostgresPollingStatusType next = PGRES_POLLING_WRITING;
  while (next == PGRES_POLLING_WRITING || next == PGRES_POLLING_READING) {
    attach();
    const bool in_time = co_await ready(next == PGRES_POLLING_WRITING ? Descriptor::wait_write
                                                                      : Descriptor::wait_read);
    detach();
    if (!in_time) co_return timed_out("connecting");
    next = PQconnectPoll(handle);
  }
  if (next != PGRES_POLLING_OK) co_return connection_error(PQerrorMessage(handle));
  attach();
  PQsetnonblocking(handle, 1);
  co_return std::nullopt;
}

asio::awaitable<std::optional<SqlError>> Session::Connection::flush() {
  int left = PQflush(handle);
  while (left == 1) {
    const bool in_time = co_await ready(Descriptor::wait_write);
    if (!in_time) co_return broke(timed_out("sending a statement"));
    left = PQflush(handle);
  }
  if (left != 0) co_return broke(connection_error(PQerrorMessage(handle)));
  co_return std::nullopt;
}

asio::awaitable<std::expected<Table, SqlError>> Session::Connection::results() {
  std::expected<Table, SqlError> outcome;
  while (true) {
    while (PQisBusy(handle) != 0) {
      const bool in_time = co_await ready(Descriptor::wait_read);
      if (!in_time) co_return std::unexpected(broke(timed_out("a statement")));
      if (PQconsumeInput(handle) == 0)
        co_return std::unexpected(broke(connection_error(PQerrorMessage(handle))));
    }
    const ResultPointer result(PQgetResult(handle));
    if (!result) break;
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY) {
      if (outcome) outcome = table_of(result.get());
    } else if (status == PGRES_FATAL_ERROR) {
      if (outcome) outcome = std::unexpected(error_of(result.get(), handle));
    } else {
      co_return std::unexpected(
          broke({.kind = Kind::server_error, .sqlstate = {}, .message = "COPY is not for here"}));
    }
  }
  if (PQstatus(handle) != CONNECTION_OK) broken = true;
  co_return outcome;
}

asio::awaitable<std::expected<Table, SqlError>> Session::Connection::converse(bool sent) {
  if (!sent) co_return std::unexpected(broke(connection_error(PQerrorMessage(handle))));
  auto unsent = co_await flush();
  if (unsent) co_return std::unexpected(std::move(*unsent));
  co_return co_await results();
}

asio::awaitable<std::expected<Session, SqlError>> Session::connect(Login login,
                                                                   core::Duration limit) {
  auto connection = std::make_unique<Connection>(co_await asio::this_coro::executor);
  connection->deadline.expires_after(limit);
  std::vector<std::string> addresses;
  if (!login.host.starts_with('/')) {
    auto found = co_await look_up(login.host, connection->deadline.expiry());
    if (!found) {
      const bool none = found.error().kind == LookupError::Kind::no_such_name;
      co_return std::unexpected(SqlError{.kind = none ? Kind::unresolved : Kind::lookup_failed,
                                         .sqlstate = {},
                                         .message = login.host + ": " + found.error().message});
    }
    addresses = std::move(*found);
  }
  connection->handle = start(login, addresses);
  if (connection->handle == nullptr) {
    co_return std::unexpected(
        SqlError{.kind = Kind::cannot_connect, .sqlstate = {}, .message = "out of memory"});
  }
  PQsetErrorVerbosity(connection->handle, PQERRORS_VERBOSE);
  PQsetNoticeReceiver(connection->handle, ignore_notice, nullptr);
  if (PQstatus(connection->handle) == CONNECTION_BAD) {
    co_return std::unexpected(connection_error(PQerrorMessage(connection->handle)));
  }
  auto failure = co_await connection->finish_connecting();
  if (failure) co_return std::unexpected(std::move(*failure));
  co_return Session(std::move(connection));
}

asio::awaitable<std::expected<Table, SqlError>> Session::query(
    std::string sql, std::vector<std::optional<std::string>> parameters,
    std::optional<core::Duration> limit) {
  if (limit) connection_->deadline.expires_after(*limit);
  std::vector<const char*> values;
  values.reserve(parameters.size());
  for (const auto& parameter : parameters)
    values.push_back(parameter ? parameter->c_str() : nullptr);
  const int sent =
      PQsendQueryParams(connection_->handle, sql.c_str(), static_cast<int>(values.size()), nullptr,
                        values.data(), nullptr, nullptr, 0);
  co_return co_await connection_->converse(sent == 1);
}

asio::awaitable<std::expected<Table, SqlError>> Session::run(std::string sql,
                                                             std::optional<core::Duration> limit) {
  if (limit) connection_->deadline.expires_after(*limit);
  const int sent = PQsendQuery(connection_->handle, sql.c_str());
  co_return co_await connection_->converse(sent == 1);
}

std::string Session::parameter(std::string_view name) const {
  const char* value = PQparameterStatus(connection_->handle, std::string(name).c_str());
  return value == nullptr ? std::string() : std::string(value);
}

int Session::server_major() const {
  return PQserverVersion(connection_->handle) / 10000;
}
int Session::server_pid() const {
  return PQbackendPID(connection_->handle);
}
bool Session::broken() const {
  return !connection_ || connection_->broken;
}

Session::Session(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

}  // namespace postgres
