#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/elected/action.hpp"
#include "kubernetes/client.hpp"
#include "kubernetes/watch.hpp"
#include "runtime/repeated.hpp"

namespace runtime::elected {

/// The one Lease: what decisions ask of it goes to the API server, what is seen of it becomes
/// facts. Reads and writes go over one connection, one at a time; the watch has its own.
class LeaseKeeper {
 public:
  /// Who is told. Each call is one event, in the order in which they were seen.
  struct Told {
    std::function<void(core::elected::LeaseSeen)> seen;
    std::function<void(core::elected::ReadFailed)> read_failed;
    std::function<void(core::elected::WriteEnded)> write_ended;
  };

  LeaseKeeper(const boost::asio::any_io_executor& executor, const kubernetes::Access& access,
              std::string name, Told told);

  /// Begins the watch. Once.
  void watch();
  void write(const core::elected::action::WriteLease& deed);
  void read(const core::elected::action::ReadLease& deed);

 private:
  boost::asio::awaitable<void> keep_watching();
  boost::asio::awaitable<void> write_now(core::elected::action::WriteLease deed);
  boost::asio::awaitable<void> read_now(core::Duration timeout);
  /// What an object says; garbage in it is told once per state.
  [[nodiscard]] core::elected::Sighting sighting_of(const kubernetes::Lease& lease);
  [[nodiscard]] kubernetes::Lease lease_for(const core::elected::action::WriteLease& deed) const;
  void keep(const kubernetes::Lease& lease);

  boost::asio::any_io_executor executor_;
  std::string name_;
  Told told_;
  kubernetes::Client client_;
  kubernetes::Watch watch_;
  /// The objects that were seen last: a write gives back what others have put into them.
  std::deque<kubernetes::Lease> seen_;
  std::string garbage_version_;
  Repeated read_fails_;
  Repeated write_fails_;
  Repeated watch_fails_;
};

}  // namespace runtime::elected
