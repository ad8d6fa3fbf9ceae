#include "kubernetes/watch.hpp"

#include "kubernetes/answer.hpp"
#include "kubernetes/connection.hpp"
#include "kubernetes/json.hpp"
#include "kubernetes/target.hpp"

namespace kubernetes {

using boost::asio::awaitable;

struct Watch::State {
  State(const boost::asio::any_io_executor& executor, Access given, std::string name)
      : access(std::move(given)), name(std::move(name)), connection(executor, access) {}

  [[nodiscard]] Asked asked() const {
    return {.verb = "watch",
            .resource = "leases.coordination.k8s.io",
            .name = name,
            .name_space = access.name_space};
  }

  awaitable<std::expected<void, Error>> open(core::Duration timeout) {
    const auto token = read_text(access.token_file);
    if (!token) {
      Error error{.kind = ErrorKind::unreachable, .reason = {}, .message = token.error()};
      co_return std::unexpected(std::move(error));
    }
    auto opened = co_await connection.open(timeout);
    if (!opened) co_return std::unexpected(error_of(opened.error()));
    Request request{.method = "GET", .target = watch_target(access.name_space, name, version)};
    auto begun = co_await connection.begin(request, *token, timeout);
    if (!begun) co_return std::unexpected(error_of(begun.error()));
    if (begun->status != 200) {
      connection.close();
      co_return std::unexpected(error_of(*begun, asked()));
    }
    is_open = true;
    co_return std::expected<void, Error>{};
  }

  /// Nothing: a bookmark, which only moves the version.
  std::expected<std::optional<Seen>, Error> understand(const std::string& line) {
    const auto event = event_of(line);
    if (!event) return std::unexpected(malformed("the watch said what is no event"));
    if (event->type == "ERROR") {
      const Status status = status_of(event->object);
      return std::unexpected(
          error_of(Response{.status = status.code == 0 ? 500 : status.code, .body = event->object},
                   asked()));
    }
    if (!event->resource_version.empty()) version = event->resource_version;
    if (event->type == "BOOKMARK") return std::optional<Seen>{};
    auto lease = lease_of(event->object);
    if (!lease) return std::unexpected(malformed(lease.error()));
    if (event->type == "DELETED") return Seen{seen::Deleted{std::move(*lease)}};
    return Seen{seen::Changed{std::move(*lease)}};
  }

  static Error malformed(std::string message) {
    return {.kind = ErrorKind::malformed, .reason = {}, .message = std::move(message)};
  }

  void close() {
    is_open = false;
    connection.close();
  }

  Access access;
  std::string name;
  Connection connection;
  std::string version;
  bool is_open = false;
};

Watch::Watch(const boost::asio::any_io_executor& executor, Access access, std::string name)
    : state_(std::make_shared<State>(executor, std::move(access), std::move(name))) {}
Watch::~Watch() = default;

void Watch::from(std::string resource_version) {
  state_->close();
  state_->version = std::move(resource_version);
}

const std::string& Watch::resource_version() const {
  return state_->version;
}

awaitable<std::expected<Seen, Error>> Watch::next(core::Duration opening, core::Duration quiet) {
  const auto state = state_;
  if (!state->is_open) {
    auto opened = co_await state->open(opening);
    if (!opened) co_return std::unexpected(std::move(opened.error()));
  }
  for (;;) {
    const auto line = co_await state->connection.line(quiet);
    if (!line) {
      state->close();
      if (line.error().timed_out) co_return Seen{seen::Quiet{}};
      co_return std::unexpected(error_of(line.error()));
    }
    if (!*line) {
      state->close();
      co_return Seen{seen::Ended{}};
    }
    auto understood = state->understand(**line);
    if (!understood) {
      state->close();
      co_return std::unexpected(std::move(understood.error()));
    }
    if (*understood) co_return std::move(**understood);
  }
}

}  // namespace kubernetes
