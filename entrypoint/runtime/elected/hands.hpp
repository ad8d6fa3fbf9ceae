#pragma once

#include <functional>

#include "process/fence.hpp"
#include "runtime/elected/copy.hpp"
#include "runtime/elected/event_keeper.hpp"
#include "runtime/elected/label_keeper.hpp"
#include "runtime/elected/lease_keeper.hpp"
#include "runtime/elected/members.hpp"
#include "runtime/elected/observed.hpp"
#include "runtime/elected/works.hpp"
#include "runtime/orders_here.hpp"
#include "runtime/server.hpp"
#include "runtime/wal_room.hpp"

namespace runtime::elected {

/// What Perform acts with; the driver owns it.
struct Hands {
  const Context& context;
  process::Fence& fence;
  Server& server;
  LeaseKeeper& lease;
  LabelKeeper& labels;
  EventKeeper& events;
  Members& members;
  Copy& copy;
  Works& works;
  Observed& observed;
  OrdersHere& orders;
  WalRoom& wal_room;
  std::function<void()> changed;  ///< asks for another decision
};

}  // namespace runtime::elected
