#pragma once

#include <functional>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/order.hpp"
#include "core/status.hpp"
#include "http/peer_message.hpp"
#include "runtime/long_run.hpp"

namespace runtime {

/// Orders of an operator to this very pod: reload, restart, reinit. Gives them to the driver as
/// facts, and tells what the decisions make of them: one restart or reinit at a time. It decides
/// nothing. Owned by the driver, in each mode the same.
class OrdersHere {
 public:
  struct Told {
    std::function<void()> reload;  ///< the same as SIGHUP
    std::function<bool()> reload_pending;
    /// The server has more than it needs by now, until it is started anew.
    std::function<bool()> wants_restart;
    std::function<void(core::OrderGiven)> order;  ///< before the next decision
    /// Static mode: core::OrderGiven::copies. Empty: the decision asks for itself.
    std::function<boost::asio::awaitable<std::optional<core::rejoin::Facts>>()> copies;
    std::function<core::Status()> status;
  };

  OrdersHere(const boost::asio::any_io_executor& executor, const Context& context, Told told);

  [[nodiscard]] boost::asio::awaitable<http::Said> reload();
  [[nodiscard]] boost::asio::awaitable<http::Said> restart(bool if_pending);
  [[nodiscard]] boost::asio::awaitable<http::Said> reinit();
  /// How far the last restart or reinit is, or how it ended.
  [[nodiscard]] http::Said course() const;

  // The driver tells of each decision, behind its actions.
  void decided(bool ordered);
  void answered(const core::action::AnswerOrder& answer);

 private:
  enum class State : std::uint8_t { none, placed, going, over };
  [[nodiscard]] boost::asio::awaitable<http::Said> place(core::OrderGiven order);
  [[nodiscard]] bool busy() const { return state_ == State::placed || state_ == State::going; }

  boost::asio::any_io_executor executor_;
  const Context& context_;
  Told told_;
  State state_ = State::none;
  http::Said last_{};
};

}  // namespace runtime
