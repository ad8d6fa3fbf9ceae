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

namespace runtime {

/// The socket of the commands in standalone and static mode: `status` of all members, from any of
/// them. Orders are refused, because here nothing changes who the primary is. Owned by the driver.
class OrdinalControl {
 public:
  OrdinalControl(const boost::asio::any_io_executor& executor, const Context& context,
                 std::function<core::Status()> own);

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

  boost::asio::any_io_executor executor_;
  const Context& context_;
  std::function<core::Status()> own_;
  std::optional<http::ControlServer> server_;
};

}  // namespace runtime
