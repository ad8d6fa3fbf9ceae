#pragma once

#include <expected>
#include <memory>
#include <string>
#include <variant>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/time.hpp"
#include "kubernetes/access.hpp"
#include "kubernetes/error.hpp"
#include "kubernetes/lease.hpp"

namespace kubernetes {

namespace seen {
struct Changed {
  Lease lease;
};
struct Deleted {
  Lease last;
};
/// Nothing until the time-out, not even a bookmark (one a minute), so the connection may be half
/// open: it was closed. The moment for the slow poll behind the watch; `next` goes on as ever.
struct Quiet {};
/// The server ended the watch, as it does every few minutes. `next` goes on where it ended.
struct Ended {};
}  // namespace seen
using Seen = std::variant<seen::Changed, seen::Deleted, seen::Quiet, seen::Ended>;

/// What happens to one Lease, as the API server tells it, on a connection of its own. It opens and
/// opens again by itself, from the last version it was told (bookmarks count). It never reads the
/// Lease: the caller does, before the first call of `next` and after `gone`. One caller at a time.
class Watch {
 public:
  Watch(const boost::asio::any_io_executor& executor, Access access, std::string name);
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch();

  /// Go on from this version: a read one's, or `gone`'s successor.
  void from(std::string resource_version);
  /// The next thing seen; opening takes at most `opening`, waiting at most `quiet`. After an error
  /// the next call opens anew; when, is the caller's choice.
  boost::asio::awaitable<std::expected<Seen, Error>> next(core::Duration opening,
                                                          core::Duration quiet);
  /// The version from which it would go on.
  [[nodiscard]] const std::string& resource_version() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace kubernetes
