#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/elected/memory.hpp"
#include "core/status.hpp"
#include "http/control.hpp"
#include "runtime/elected/members.hpp"
#include "runtime/orders_here.hpp"

namespace runtime::elected {

/// Orders of an operator, given to any pod: this one or the pod that has to act on it carries them
/// out, and the answer comes when that is seen in the Lease.
class Control {
 public:
  struct Told {
    std::function<const core::elected::Memory&()> memory;
    /// To this very pod; accepted once it is under way.
    std::function<boost::asio::awaitable<http::Said>(core::elected::Command)> command;
    std::function<core::Status()> status;  ///< this pod's own
    std::function<std::string()> history;  ///< http/history_text.hpp
    std::vector<core::PodName> peers;      ///< who else may exist
  };

  Control(const boost::asio::any_io_executor& executor, core::PodName self, Members& members,
          OrdersHere& here, Told told);

  /// A socket that cannot be made is told in the log: the cluster works without it.
  void listen();

 private:
  boost::asio::awaitable<http::Said> carry_out(http::Order order);
  boost::asio::awaitable<http::Said> switch_over(http::Switchover order);
  boost::asio::awaitable<http::Said> fail_over(http::Failover order);
  boost::asio::awaitable<http::Said> pause(bool on);
  /// Nobody holds the Lease, or its holder does not answer: tells all that may take over.
  boost::asio::awaitable<http::Said> resume_without_holder();
  boost::asio::awaitable<http::Said> reinit(http::Reinit order);
  boost::asio::awaitable<http::Said> command(core::PodName pod, core::elected::Command command);
  /// Until another pod than `old`, or `wanted` itself, holds the Lease.
  boost::asio::awaitable<http::Said> wait_for(std::optional<core::PodName> old,
                                              std::optional<core::PodName> wanted);
  [[nodiscard]] const core::elected::Record* record() const;
  [[nodiscard]] std::optional<core::PodName> holder() const;
  [[nodiscard]] std::string cluster() const;
  /// What every member says of itself, in JSON.
  boost::asio::awaitable<std::string> members();
  boost::asio::awaitable<std::expected<core::Status, std::string>> ask_member(core::PodName pod);
  [[nodiscard]] std::set<std::string> known_members() const;

  boost::asio::any_io_executor executor_;
  core::PodName self_;
  Members& members_;
  OrdersHere& here_;
  Told told_;
  std::optional<http::ControlServer> server_;
};

}  // namespace runtime::elected
