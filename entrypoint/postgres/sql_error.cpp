#include "postgres/sql_error.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace postgres {
namespace {

using Kind = SqlError::Kind;

constexpr std::array<std::string_view, 10> kind_texts{"its name does not resolve",
                                                      "its name cannot be looked up",
                                                      "connection refused",
                                                      "cannot connect",
                                                      "no answer in time",
                                                      "the password is wrong",
                                                      "pg_hba.conf does not let us in",
                                                      "the server does not accept connections",
                                                      "the server is shutting down",
                                                      "the server reported an error"};
static_assert(kind_texts.size() == static_cast<std::size_t>(Kind::server_error) + 1);

constexpr std::size_t sqlstate_length = 5;

Kind kind_of(std::string_view sqlstate, std::string_view message) {
  if (sqlstate == "28P01") return Kind::bad_password;
  if (sqlstate == "28000") return Kind::rejected_by_hba;
  if (sqlstate == "57P01" || sqlstate == "57P02") return Kind::shutting_down;
  if (sqlstate == "57P03") {
    const bool stopping = message.find("shutting down") != std::string_view::npos;
    return stopping ? Kind::shutting_down : Kind::starting_up;
  }
  return Kind::server_error;
}

bool is_sqlstate(std::string_view text) {
  return text.size() == sqlstate_length && std::ranges::all_of(text, [](unsigned char next) {
           return std::isdigit(next) != 0 || (next >= 'A' && next <= 'Z');
         });
}

/// `… failed: FATAL:  28P01: text`: two blanks behind the severity, whose name is in the server's
/// language.
bool split_server_line(std::string_view line, SqlError& error) {
  for (auto at = line.find(":  "); at != std::string_view::npos; at = line.find(":  ", at + 1)) {
    const std::string_view rest = line.substr(at + 3);
    const std::string_view state = rest.substr(0, sqlstate_length);
    if (!is_sqlstate(state) || !rest.substr(sqlstate_length).starts_with(": ")) continue;
    error.sqlstate = state;
    error.message = rest.substr(sqlstate_length + 2);
    return true;
  }
  return false;
}

/// `connection to server at "h" (a), port 1 failed: WHY` without what the caller knows already.
std::string_view reason_in(std::string_view line) {
  constexpr std::string_view sign = " failed: ";
  const auto at = line.find(sign);
  return at == std::string_view::npos ? line : line.substr(at + sign.size());
}

Kind kind_of_text(std::string_view line) {
  const auto has = [line](std::string_view text) {
    return line.find(text) != std::string_view::npos;
  };
  // strerror's texts: this program never calls setlocale. No socket file is as good as a refusal.
  if (has("Connection refused") || has("No such file or directory")) return Kind::refused;
  if (has("no password supplied")) return Kind::bad_password;
  return Kind::cannot_connect;
}

}  // namespace

std::string_view to_text(Kind kind) {
  return kind_texts[static_cast<std::size_t>(kind)];
}

SqlError statement_error(std::string_view sqlstate, std::string_view primary,
                         std::string_view detail) {
  SqlError error{.kind = kind_of(sqlstate, primary),
                 .sqlstate = std::string(sqlstate),
                 .message = std::string(primary)};
  if (!detail.empty()) error.message.append(" (").append(detail).append(")");
  std::ranges::replace(error.message, '\n', ' ');
  return error;
}

SqlError connection_error(std::string_view message) {
  // Several attempts (TLS, then plain; several addresses) leave several texts. A server's own word
  // beats a system error, and any of its words beats pg_hba.conf's no, which may be to one of TLS
  // and plain alone.
  SqlError error;
  bool server_spoke = false;
  while (!message.empty()) {
    const auto end = message.find('\n');
    const std::string_view line = message.substr(0, end);
    message.remove_prefix(end == std::string_view::npos ? message.size() : end + 1);
    const bool settled = server_spoke && error.kind != Kind::rejected_by_hba;
    SqlError spoken;
    if (split_server_line(line, spoken)) {
      if (settled) continue;
      server_spoke = true;
      error = std::move(spoken);
      error.kind = kind_of(error.sqlstate, error.message);
    } else if (!server_spoke && !line.empty() && !line.starts_with('\t') &&
               !line.starts_with("LOCATION:")) {
      error.kind = kind_of_text(line);
      error.message = reason_in(line);
    }
  }
  return error;
}

}  // namespace postgres
