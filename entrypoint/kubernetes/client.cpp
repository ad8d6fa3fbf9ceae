#include "kubernetes/client.hpp"

#include <utility>

#include "kubernetes/answer.hpp"
#include "kubernetes/connection.hpp"
#include "kubernetes/json.hpp"
#include "kubernetes/target.hpp"

namespace kubernetes {

using boost::asio::awaitable;

namespace {

/// One request at a time, so a call that is cancelled leaves the way free as well.
class Turn {
 public:
  explicit Turn(bool& taken) : taken_(taken), ours_(!taken) { taken_ = true; }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    if (ours_) taken_ = false;
  }
  [[nodiscard]] bool ours() const { return ours_; }

 private:
  bool& taken_;
  bool ours_;
};

Error busy() {
  return {.kind = ErrorKind::busy, .reason = {}, .message = "another request is on its way"};
}

/// What an answer says of a write.
Outcome outcome_of(const Response& response, const Asked& asked) {
  if (good(response)) return Outcome::done;
  if (response.status == 409) return Outcome::conflict;
  // A Lease that exists is not updated without a version (leaseStrategy.AllowUnconditionalUpdate).
  if (response.status == 422 && asked.verb == "create" &&
      status_of(response.body).message.contains("metadata.resourceVersion"))
    return Outcome::conflict;
  // An error of the server may come after it passed the write on to its storage.
  return response.status >= 500 ? Outcome::unknown : Outcome::refused;
}

}  // namespace

struct Client::State {
  State(const boost::asio::any_io_executor& executor, Access given, Clock clock)
      : access(std::move(given)), clock(clock), connection(executor, access) {}

  struct Sent {
    std::optional<core::Instant> at;
    std::expected<Response, Broken> response;
  };

  /// Connects where needed, sends, and repeats where the class comment says so.
  awaitable<Sent> send(Request request, bool repeatable, core::Duration timeout) {
    const core::Instant end = clock() + timeout;
    std::optional<core::Instant> at;
    bool turned_away = false;
    for (;;) {
      // kubelet replaces the file; reading it each time costs less than watching it.
      const auto token = read_text(access.token_file);
      if (!token) co_return Sent{at, unreached(token.error())};
      const bool used_before = connection.usable();
      if (!used_before) {
        if (clock() >= end) co_return Sent{at, unreached("timed out")};
        auto opened = co_await connection.open(end - clock());
        if (!opened) co_return Sent{at, std::unexpected(std::move(opened.error()))};
      }
      const core::Instant now = clock();
      if (now >= end) co_return Sent{at, unreached("timed out")};
      if (!at) at = now;
      auto response = co_await connection.exchange(request, *token, end - now);
      if (!response && used_before && repeatable && !response.error().answered) continue;
      if (response && response->status == 401 && !std::exchange(turned_away, true)) {
        // Whoever is not known is turned away before anything is done. On a connection of its own:
        // the server may remember whom this one belonged to.
        connection.close();
        continue;
      }
      co_return Sent{at, std::move(response)};
    }
  }

  static std::unexpected<Broken> unreached(std::string message) {
    return std::unexpected(Broken{.stage = Broken::Stage::reach, .message = std::move(message)});
  }

  awaitable<Write> write(Request request, Asked asked, core::Duration timeout, bool of_lease) {
    const Turn turn(taken);
    if (!turn.ours()) co_return Write{.outcome = Outcome::refused, .error = busy()};
    Sent sent = co_await send(std::move(request), false, timeout);
    Write write{.sent = sent.at};
    if (!sent.response) {
      write.error = error_of(sent.response.error());
      write.outcome = sent.at ? Outcome::unknown : Outcome::refused;
      co_return write;
    }
    write.outcome = outcome_of(*sent.response, asked);
    if (write.outcome != Outcome::done) {
      write.error = error_of(*sent.response, asked);
      co_return write;
    }
    if (!of_lease) co_return write;
    auto lease = lease_of(sent.response->body);
    if (lease) {
      write.lease = std::move(*lease);
    } else {
      write.outcome = Outcome::unknown;
      write.error = malformed(lease.error());
    }
    co_return write;
  }

  static Error malformed(std::string message) {
    return {.kind = ErrorKind::malformed, .reason = {}, .message = std::move(message)};
  }

  [[nodiscard]] Asked of_lease(std::string verb, std::string name) const {
    return {.verb = std::move(verb),
            .resource = "leases.coordination.k8s.io",
            .name = std::move(name),
            .name_space = access.name_space};
  }

  Access access;
  Clock clock;
  Connection connection;
  bool taken = false;
};

Client::Client(const boost::asio::any_io_executor& executor, Access access, Clock clock)
    : state_(std::make_shared<State>(executor, std::move(access), clock)) {}
Client::~Client() = default;

awaitable<std::expected<Lease, Error>> Client::get(std::string name, core::Duration timeout) {
  const auto state = state_;
  const Turn turn(state->taken);
  if (!turn.ours()) co_return std::unexpected(busy());
  Request request{.method = "GET", .target = lease_target(state->access.name_space, name)};
  State::Sent sent = co_await state->send(std::move(request), true, timeout);
  if (!sent.response) co_return std::unexpected(error_of(sent.response.error()));
  if (!good(*sent.response))
    co_return std::unexpected(error_of(*sent.response, state->of_lease("get", name)));
  auto lease = lease_of(sent.response->body);
  if (!lease) co_return std::unexpected(State::malformed(lease.error()));
  co_return std::move(*lease);
}

awaitable<Write> Client::create(Lease lease, core::Duration timeout) {
  const auto state = state_;
  lease.uid.clear();
  lease.resource_version.clear();
  lease.read_as.clear();
  // A PUT creates what is missing, and its path has the name: a Role can name the Lease for
  // `create` too, which a POST to the collection would not heed.
  Request request{.method = "PUT",
                  .target = lease_target(state->access.name_space, lease.name),
                  .body = text_of(lease, state->access.name_space),
                  .content_type = "application/json"};
  co_return co_await state->write(std::move(request), state->of_lease("create", lease.name),
                                  timeout, true);
}

awaitable<Write> Client::update(Lease lease, core::Duration timeout) {
  const auto state = state_;
  if (lease.uid.empty() || lease.resource_version.empty()) {
    Error error{.kind = ErrorKind::refused,
                .reason = {},
                .message = "an update needs the uid and the resourceVersion of the judged record"};
    co_return Write{.outcome = Outcome::refused, .error = std::move(error)};
  }
  Request request{.method = "PUT",
                  .target = lease_target(state->access.name_space, lease.name),
                  .body = text_of(lease, state->access.name_space),
                  .content_type = "application/json"};
  co_return co_await state->write(std::move(request), state->of_lease("update", lease.name),
                                  timeout, true);
}

awaitable<Write> Client::patch_labels(std::string pod,
                                      std::map<std::string, std::optional<std::string>> labels,
                                      core::Duration timeout) {
  const auto state = state_;
  Request request{.method = "PATCH",
                  .target = pod_target(state->access.name_space, pod),
                  .body = labels_patch(labels),
                  .content_type = "application/merge-patch+json"};
  Asked asked{.verb = "patch",
              .resource = "pods",
              .name = std::move(pod),
              .name_space = state->access.name_space};
  co_return co_await state->write(std::move(request), std::move(asked), timeout, false);
}

awaitable<Write> Client::create_event(Event event, core::Duration timeout) {
  const auto state = state_;
  Request request{.method = "POST",
                  .target = events_target(state->access.name_space),
                  .body = text_of(event, state->access.name_space),
                  .content_type = "application/json"};
  Asked asked{
      .verb = "create", .resource = "events", .name = {}, .name_space = state->access.name_space};
  co_return co_await state->write(std::move(request), std::move(asked), timeout, false);
}

}  // namespace kubernetes
