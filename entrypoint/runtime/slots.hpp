#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/time.hpp"
#include "postgres/session.hpp"
#include "postgres/sql.hpp"
#include "runtime/long_run.hpp"

namespace runtime {

/// The primary's view of its members' replication slots. Drops a slot that is idle while its pod's
/// name has not resolved for `replication.slot_retention`: the StatefulSet was scaled down. A pod
/// that is merely down keeps its name and its slot, which max_slot_wal_keep_size bounds. Owned by
/// Perform; one look at a time.
class Slots {
 public:
  Slots(const boost::asio::any_io_executor& executor, const Context& context);
  [[nodiscard]] boost::asio::awaitable<void> maintain(core::Duration limit);
  /// On a standby, which was the primary once: drops the members' slots that nobody uses.
  [[nodiscard]] boost::asio::awaitable<void> drop_idle(core::Duration limit);

 private:
  /// The members' slots that are not in use.
  [[nodiscard]] boost::asio::awaitable<std::vector<postgres::sql::Slot>> list(
      postgres::Session& session, core::Duration limit);
  [[nodiscard]] boost::asio::awaitable<bool> drop(postgres::Session& session, std::string slot,
                                                  std::string_view why, core::Duration limit);

  boost::asio::any_io_executor executor_;
  const Context& context_;
  std::map<std::string, core::Ordinal> members_;     ///< by slot
  std::map<std::string, core::Instant> gone_since_;  ///< by slot
  bool busy_ = false;
};

}  // namespace runtime
