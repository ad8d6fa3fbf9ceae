#pragma once

#include <string>

#include <boost/asio/awaitable.hpp>

#include "postgres/peer.hpp"
#include "runtime/long_run.hpp"

namespace runtime {

/// Whether a clone fits beside the copy that it is to replace. Asks the source for the size of its
/// databases; where it does not tell, the copy here is measured.
struct Room {
  bool enough = false;
  std::string why;  ///< why not
};
[[nodiscard]] boost::asio::awaitable<Room> room_beside(LongRun& run, const Context& context,
                                                       postgres::PeerSession& source);

}  // namespace runtime
