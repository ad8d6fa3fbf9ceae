#pragma once

#include <functional>
#include <optional>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/elected/facts.hpp"
#include "runtime/elected/members.hpp"
#include "runtime/elected/standby_slots.hpp"
#include "runtime/long_run.hpp"
#include "runtime/own_slot.hpp"
#include "runtime/slots.hpp"

namespace runtime::elected {

/// What is seen to besides the decisions, at rest and never in a hurry: replication slots and
/// passwords. Each is one coroutine at a time with a limit of its own.
class Chores {
 public:
  /// `listed`: the members that the Lease shows now.
  Chores(const boost::asio::any_io_executor& executor, const Context& context, Members& members,
         std::function<std::vector<core::PodName>()> listed, std::function<void()> changed);

  /// Does what is due; the instant at which something is due next. `open`: this pod is the primary
  /// and serves.
  [[nodiscard]] std::optional<core::Instant> look(core::Instant at,
                                                  const core::elected::Server& server, bool open);
  /// What was last seen of a standby that does not stream.
  [[nodiscard]] const std::optional<core::elected::WalAtPrimary>& wal_at_primary() const {
    return wal_at_primary_;
  }
  /// Whom this standby follows, where there was no such name when it was last looked for.
  [[nodiscard]] std::optional<core::Ordinal> nameless_upstream() const {
    return lacked_stream_ ? own_slot_.nameless() : std::nullopt;
  }
  /// The settings were read again.
  void passwords_changed() { passwords_hold_ = false; }

 private:
  using Work = boost::asio::awaitable<void>;
  Work run(std::function<Work()> chore);
  Work see_to_passwords();
  Work see_to_stream(core::Ordinal upstream);
  Work see_to_slots();
  std::optional<core::Instant> as_primary(core::Instant at);
  std::optional<core::Instant> as_standby(core::Instant at, const core::elected::Server& server);

  boost::asio::any_io_executor executor_;
  const Context& context_;
  std::function<std::vector<core::PodName>()> listed_;
  std::function<void()> changed_;
  OwnSlot own_slot_;
  Slots slots_;
  StandbySlots standby_slots_;
  bool busy_ = false;
  bool was_open_ = false;
  bool lacked_stream_ = false;
  bool passwords_hold_ = false;
  core::Instant passwords_next_;
  core::Instant slots_next_;
  core::Instant keep_next_;
  core::Instant wal_next_;
  std::optional<core::elected::WalAtPrimary> wal_at_primary_;
};

}  // namespace runtime::elected
