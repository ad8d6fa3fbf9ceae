#pragma once

#include <functional>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/status.hpp"
#include "http/server.hpp"

namespace runtime {

/// The HTTP port of standalone and static mode, for pages alone. A port that cannot be had stops
/// nothing: it is told, and tried again every 10 s. Owned by the driver.
class PageServer {
 public:
  /// `status` is asked for each page. Port 0: none.
  PageServer(const boost::asio::any_io_executor& executor, std::uint16_t port,
             std::function<core::Status()> status);

  void listen();

 private:
  boost::asio::any_io_executor executor_;
  std::uint16_t port_;
  std::function<core::Status()> status_;
  boost::asio::steady_timer again_;
  bool told_ = false;
  std::optional<http::Server> server_;
};

}  // namespace runtime
