#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/status.hpp"
#include "http/control.hpp"
#include "runtime/long_run.hpp"
#include "runtime/orders_here.hpp"

namespace runtime {

/// The socket of the commands in standalone and static mode: `status` of all members, from any of
/// them, and orders to this pod. Those that change the primary are refused, because here nothing
/// does. Owned by the driver.
class OrdinalControl {
 public:
  OrdinalControl(const boost::asio::any_io_executor& executor, const Context& context,
                 OrdersHere& here, std::function<core::Status()> own,
                 std::function<std::string()> history);

  /// A socket that cannot be made is told in the log: the server works without it.
  void listen();

 private:
  [[nodiscard]] boost::asio::awaitable<std::string> members();
  /// Whose name has an address: they count as members whether they answer or not.
  using Pods = std::shared_ptr<std::set<std::string>>;
  /// The member's own page, by its name.
  [[nodiscard]] boost::asio::awaitable<std::expected<core::Status, std::string>> ask_member(
      core::PodName pod, Pods there);
  [[nodiscard]] http::Said refusal() const;
  [[nodiscard]] boost::asio::awaitable<http::Said> carry_out(http::Order order);
  [[nodiscard]] boost::asio::awaitable<http::Said> reinit(std::optional<core::PodName> pod);

  boost::asio::any_io_executor executor_;
  const Context& context_;
  OrdersHere& here_;
  std::function<core::Status()> own_;
  std::function<std::string()> history_;
  std::optional<http::ControlServer> server_;
};

}  // namespace runtime
