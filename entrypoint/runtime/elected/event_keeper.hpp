#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/elected/facts.hpp"
#include "core/elected/reason.hpp"
#include "kubernetes/client.hpp"

namespace runtime::elected {

/// Kubernetes Events of this pod, for people: role changes, what it cannot do by itself, orders
/// that it refuses. Told where the Role gives the right to create Events, on a connection of its
/// own, one after the other; nothing depends on them. One that fails is in the log alone: a repeat
/// could be there twice.
class EventKeeper {
 public:
  EventKeeper(const boost::asio::any_io_executor& executor, const kubernetes::Access& access,
              const core::elected::Settings& settings);

  /// After each decision; `holds`: this pod holds the Lease.
  void decided(core::elected::Reason reason, const std::string& words, bool holds);
  void refused(const std::string& why);

 private:
  void tell(bool warning, std::string reason, std::string message);
  boost::asio::awaitable<void> work();

  boost::asio::any_io_executor executor_;
  kubernetes::Client client_;
  const core::elected::Settings& settings_;
  std::deque<kubernetes::Event> wanted_;
  bool working_ = false;
  bool forbidden_ = false;
  bool holds_ = false;
  std::optional<core::elected::Reason> last_;
  std::map<core::elected::Reason, core::Instant> told_;  ///< of faults
  std::string because_;  ///< the last decision that leads to another holder, in words
};

}  // namespace runtime::elected
