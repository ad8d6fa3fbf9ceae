#pragma once

#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/time.hpp"
#include "kubernetes/access.hpp"
#include "kubernetes/error.hpp"
#include "kubernetes/event.hpp"
#include "kubernetes/lease.hpp"

namespace kubernetes {

/// CLOCK_BOOTTIME, read by the caller's function.
using Clock = core::Instant (*)();

enum class Outcome {
  done,      ///< applied: the answer says so
  refused,   ///< not applied: not sent, or the answer says so
  conflict,  ///< 409: this attempt was not applied; an earlier one of unknown outcome may have been
  unknown    ///< sent, at least in part, and no answer says what became of it
};

/// What became of one write (rule R2).
struct Write {
  Outcome outcome = Outcome::unknown;
  /// Read before the request's first byte, and kept for its repeats (R8). Nothing: never sent.
  std::optional<core::Instant> sent = {};
  std::optional<Lease> lease = {};  ///< when done, of a Lease: as it is now
  std::optional<Error> error = {};  ///< unless done
};

/// The API server, seen by one pod: the one Lease, labels of pods, and Events. Owns one connection,
/// kept open. Called by the loop. It never decides, and repeats a request only where that is safe:
/// a read whose re-used connection broke before an answer, and what a 401 turned away, with the
/// token read anew. A call ends within its time-out, connecting included.
class Client {
 public:
  Client(const boost::asio::any_io_executor& executor, Access access, Clock clock);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  /// A quorum read: no resourceVersion is given (R2).
  boost::asio::awaitable<std::expected<Lease, Error>> get(std::string name, core::Duration timeout);
  /// Without uid and resourceVersion; a conflict where there is one already. Needs the verbs
  /// `update` and `create` on that name.
  boost::asio::awaitable<Write> create(Lease lease, core::Duration timeout);
  /// Compare-and-swap on the uid and resourceVersion that `lease` was read with (R1); refused, and
  /// not sent, without both.
  boost::asio::awaitable<Write> update(Lease lease, core::Duration timeout);
  /// Sets labels of a pod; nothing as a value takes a label off. Repeating it is safe.
  boost::asio::awaitable<Write> patch_labels(
      std::string pod, std::map<std::string, std::optional<std::string>> labels,
      core::Duration timeout);
  /// Needs the verb `create` on events. Repeated, it is there twice.
  boost::asio::awaitable<Write> create_event(Event event, core::Duration timeout);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace kubernetes
