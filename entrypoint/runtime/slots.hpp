#pragma once

#include <map>
#include <optional>
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

/// A server's replication slots for the members: the primary's, and in elected mode a standby's
/// too. Drops a slot that is idle while its pod's name has not resolved for
/// `replication.slot_retention`: the StatefulSet was scaled down. A pod that is merely down keeps
/// its name and its slot, which max_slot_wal_keep_size bounds. Owned by who performs; one look at a
/// time.
class Slots {
 public:
  using Listed = std::optional<std::vector<postgres::sql::Slot>>;
  Slots(const boost::asio::any_io_executor& executor, const Context& context);
  /// The members' slots that are there now. Nothing: the server does not answer.
  [[nodiscard]] boost::asio::awaitable<Listed> maintain(core::Duration limit);

 private:
  [[nodiscard]] boost::asio::awaitable<Listed> list(postgres::Session& session,
                                                    core::Duration limit);
  [[nodiscard]] boost::asio::awaitable<Listed> look(core::Duration limit);
  [[nodiscard]] boost::asio::awaitable<bool> drop(postgres::Session& session, std::string slot,
                                                  std::string_view why, core::Duration limit);

  boost::asio::any_io_executor executor_;
  const Context& context_;
  std::map<std::string, core::Ordinal> members_;     ///< by slot
  std::map<std::string, core::Instant> gone_since_;  ///< by slot
  bool busy_ = false;
};

}  // namespace runtime
