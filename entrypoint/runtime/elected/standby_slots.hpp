#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/standby_slots.hpp"
#include "postgres/sql.hpp"
#include "runtime/elected/members.hpp"
#include "runtime/long_run.hpp"

namespace runtime::elected {

/// A standby's replication slots for the other members: what they need is there when this pod
/// becomes the primary, and nobody has to be cloned anew. Each member is asked where it stands; SQL
/// is spoken only where a slot has to change. It drops none: Slots does. Owned by Chores, which has
/// one coroutine at a time.
class StandbySlots {
 public:
  StandbySlots(const boost::asio::any_io_executor& executor, const Context& context,
               Members& members);

  /// `upstream`: whom this standby streams from. `listed`: whom the Lease shows.
  [[nodiscard]] boost::asio::awaitable<void> keep(core::PodName upstream,
                                                  std::vector<core::PodName> listed,
                                                  core::Duration limit);
  /// The members' slots, as the server has just shown them. Nothing: it is asked.
  void seen(std::optional<std::vector<postgres::sql::Slot>> slots);

 private:
  struct Round;
  [[nodiscard]] std::vector<core::PodName> members(const std::vector<core::PodName>& listed) const;
  boost::asio::awaitable<void> ask(core::PodName pod, core::PodName upstream,
                                   std::shared_ptr<Round> round);
  boost::asio::awaitable<std::vector<core::standby_slots::Wanted>> ask_all(
      std::vector<core::PodName> pods, core::PodName upstream, core::Lsn redo);
  boost::asio::awaitable<void> change(std::vector<core::standby_slots::Step> steps,
                                      core::Duration limit);

  boost::asio::any_io_executor executor_;
  const Context& context_;
  Members& members_;
  std::optional<std::vector<core::standby_slots::Held>> held_;
};

}  // namespace runtime::elected
