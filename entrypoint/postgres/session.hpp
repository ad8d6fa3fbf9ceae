#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "core/time.hpp"

namespace postgres {

/// Why a connection or a statement failed. Never holds a password.
struct SqlError {
  enum class Kind {
    unresolved,      ///< there is no such name
    lookup_failed,   ///< the resolver did not say whether there is
    refused,         ///< the host is up, no server listens (or: no socket file)
    cannot_connect,  ///< unreachable, reset, not PostgreSQL, or lost in the middle
    timed_out,       ///< the step's limit passed; for a statement: whether it was done is not known
    bad_password,    ///< 28P01, or the server asked for a password and none was given
    rejected_by_hba,  ///< 28000: no pg_hba.conf line for us, or a `reject` (also: role may not log
                      ///< in or replicate)
    starting_up,    ///< 57P03: a server is there and admits nobody (yet; a warm standby never does)
    shutting_down,  ///< 57P03 or 57P01 that says so
    server_error,   ///< any other refusal by the server: see sqlstate
  };
  Kind kind = Kind::cannot_connect;
  std::string sqlstate = {};  ///< five characters, or empty
  std::string message = {};   ///< one line
};
[[nodiscard]] std::string_view to_text(SqlError::Kind kind);

/// Where and as whom to connect.
struct Login {
  std::string host = {};  ///< a socket directory when it begins with `/`, else a name or an address
  std::uint16_t port = 5432;
  std::string user = {};
  std::string password = {};
  std::string database = "postgres";
  bool replication = false;  ///< a walsender: replication commands and SHOW only
  bool with_sql = false;  ///< with `replication`: a walsender of `database`, for run() with SQL too
};

using Row = std::vector<std::optional<std::string>>;
/// The last result of a statement, as text.
struct Table {
  std::vector<std::string> columns;
  std::vector<Row> rows;
};

/// One libpq connection on the caller's event loop. Owns the connection; used by one coroutine at a
/// time. Never blocks: names are looked up by Asio's resolver thread, closing waits for nobody.
/// After timed_out or cannot_connect the session is broken and only to be dropped. A `limit` is for
/// the one step; without one the step has what is left of the step before. Every PG* variable must
/// be out of our own environment: libpq would take defaults from it.
class Session {
 public:
  [[nodiscard]] static boost::asio::awaitable<std::expected<Session, SqlError>> connect(
      Login login, core::Duration limit);

  /// One statement with $1… parameters (extended protocol).
  [[nodiscard]] boost::asio::awaitable<std::expected<Table, SqlError>> query(
      std::string sql, std::vector<std::optional<std::string>> parameters,
      std::optional<core::Duration> limit);
  /// One or more statements, or one replication command (simple protocol). The first error ends it.
  [[nodiscard]] boost::asio::awaitable<std::expected<Table, SqlError>> run(
      std::string sql, std::optional<core::Duration> limit);

  /// A parameter that the server reported: `server_version`, `in_hot_standby` (14 and later); empty
  /// when not known.
  [[nodiscard]] std::string parameter(std::string_view name) const;
  [[nodiscard]] int server_major() const;  ///< `17`
  [[nodiscard]] int server_pid() const;
  [[nodiscard]] bool broken() const;

  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

 private:
  struct Connection;
  explicit Session(std::unique_ptr<Connection> connection);
  std::unique_ptr<Connection> connection_;
};

}  // namespace postgres
