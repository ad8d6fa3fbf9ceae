#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace kubernetes {

/// Why there is no good answer.
enum class ErrorKind {
  busy,          ///< another write of ours is on its way: nothing was sent
  unreachable,   ///< no connection (name, network, refused): nothing was sent
  tls,           ///< a connection, but not with somebody whom our CA vouches for: nothing was sent
  no_answer,     ///< sent, at least in part; no complete answer came
  unauthorized,  ///< 401, with a token read anew
  forbidden,     ///< 403: the message names the missing right
  not_found,     ///< 404
  conflict,      ///< 409
  gone,          ///< 410: read anew, then watch from there
  throttled,     ///< 429
  server,        ///< 5xx
  refused,       ///< any other status: the request itself is wrong
  malformed,     ///< a complete answer that says nothing we understand
  count_
};

struct Error {
  ErrorKind kind = ErrorKind::no_answer;
  int status = 0;            ///< of HTTP; 0: there was none
  std::string reason = {};   ///< of the API's Status object (`Conflict`, `AlreadyExists`), or empty
  std::string message = {};  ///< a sentence for the log
  std::optional<core::Duration> retry_after = {};  ///< what the server asks for
};

/// The kind by its name, for log lines and metrics.
[[nodiscard]] std::string_view name(ErrorKind kind);

}  // namespace kubernetes
