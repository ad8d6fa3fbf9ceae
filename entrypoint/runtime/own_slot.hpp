#pragma once

#include <optional>

#include <boost/asio/awaitable.hpp>

#include "core/identity.hpp"
#include "runtime/long_run.hpp"
#include "runtime/repeated.hpp"

namespace runtime {

/// A standby's own replication slot on the server that it streams from. Owned by whoever sees to
/// the stream; one question at a time.
class OwnSlot {
 public:
  explicit OwnSlot(const Context& context) : context_(context) {}

  /// Has the slot made on `upstream` where it is missing or lost. What is wrong where it cannot be
  /// is said in the log, once and then at most every 10 s. Ends within `limit`.
  boost::asio::awaitable<void> ensure(core::Ordinal upstream, core::Duration limit);
  /// Whom ensure() was for last, where there was no such name.
  [[nodiscard]] std::optional<core::Ordinal> nameless() const { return nameless_; }

 private:
  const Context& context_;
  Repeated fails_;
  std::optional<core::Ordinal> nameless_;
};

}  // namespace runtime
