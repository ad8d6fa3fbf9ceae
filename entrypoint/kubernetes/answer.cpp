#include "kubernetes/answer.hpp"

#include "kubernetes/json.hpp"

namespace kubernetes {

namespace {

ErrorKind kind_of(int status) {
  if (status == 401) return ErrorKind::unauthorized;
  if (status == 403) return ErrorKind::forbidden;
  if (status == 404) return ErrorKind::not_found;
  if (status == 409) return ErrorKind::conflict;
  if (status == 410) return ErrorKind::gone;
  if (status == 429) return ErrorKind::throttled;
  return status >= 500 ? ErrorKind::server : ErrorKind::refused;
}

}  // namespace

Error error_of(const Response& response, const Asked& asked) {
  const Status status = status_of(response.body);
  Error error{.kind = kind_of(response.status),
              .status = response.status,
              .reason = status.reason,
              .message = {},
              .retry_after = response.retry_after};
  error.message = "cannot " + asked.verb + " " + asked.resource + " " + asked.name +
                  " in namespace " + asked.name_space + ": HTTP " + std::to_string(response.status);
  if (!status.message.empty()) error.message += ", " + status.message;
  if (error.kind == ErrorKind::forbidden) {
    // A Lease is made by PUT, so that the Role can name it: both verbs are asked for.
    const bool by_name = !asked.name.empty();
    const std::string verb =
        asked.verb == "create" && by_name ? "\"create\" or \"update\"" : "\"" + asked.verb + "\"";
    error.message += ". The service account's Role lacks the verb " + verb + " on the resource \"" +
                     asked.resource + "\"" +
                     (by_name ? " with the name \"" + asked.name + "\"" : std::string()) +
                     " in the namespace \"" + asked.name_space + "\"";
  }
  return error;
}

Error error_of(const Broken& broken) {
  Error error{.reason = {}, .message = broken.message};
  switch (broken.stage) {
    case Broken::Stage::reach: error.kind = ErrorKind::unreachable; break;
    case Broken::Stage::tls: error.kind = ErrorKind::tls; break;
    case Broken::Stage::exchange: error.kind = ErrorKind::no_answer; break;
  }
  return error;
}

}  // namespace kubernetes
