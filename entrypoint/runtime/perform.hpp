#pragma once

#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/any_io_executor.hpp>

#include "core/decision.hpp"
#include "postgres/placeholder.hpp"
#include "process/reaper.hpp"
#include "runtime/long_run.hpp"
#include "runtime/observe.hpp"
#include "runtime/orders_here.hpp"
#include "runtime/own_slot.hpp"
#include "runtime/server.hpp"
#include "runtime/slots.hpp"
#include "runtime/wal_room.hpp"

namespace runtime {

/// The one place that acts. Called by the loop with each action of a decision; what comes of it is
/// told to Observed, and `changed` asks for the next decision. It never decides.
class Perform {
 public:
  Perform(const boost::asio::any_io_executor& executor, const Context& context,
          process::Reaper& reaper, Observed& observed, OrdersHere& orders, WalRoom& wal_room,
          std::function<void()> changed);

  void operator()(const core::Action& action);
  /// Set by Exit: the loop ends with it.
  [[nodiscard]] std::optional<int> exit_code() const { return exit_code_; }
  /// How far the long action is, while one runs that says it.
  [[nodiscard]] std::optional<Progress> progress() const;
  [[nodiscard]] std::uint64_t promotions() const { return promotions_; }
  [[nodiscard]] bool server_wants_restart() const { return server_.wants_restart(); }

 private:
  void act(const core::action::DiscardUnfinished& deed);
  void act(const core::action::Bootstrap& deed);
  void act(const core::action::Adopt& deed);
  void act(const core::action::Clone& deed);
  void act(const core::action::AskPeers& deed);
  void act(const core::action::StartServer& deed);
  void act(const core::action::Promote& deed);
  void act(const core::action::StopServer& deed);
  void act(const core::action::StopLongAction& deed);
  void act(const core::action::Reload& deed);
  void act(const core::action::EnsureSlot& deed);
  void act(const core::action::MaintainSlots& deed);
  void act(const core::action::AssertPasswords& deed);
  void act(const core::action::AnswerOrder& deed) { orders_.answered(deed); }
  void act(const core::action::ReleaseReserve& deed);
  void act(const core::action::MakeReserve& deed);
  void act(const core::action::Exit& deed);

  using Work = std::function<boost::asio::awaitable<Outcome<>>(LongRun&)>;
  /// Runs `work` as the one long action; its end is a fact.
  void begin(core::LongKind kind, Work work);
  boost::asio::awaitable<void> run_long(core::LongKind kind, Work work);
  void finished(core::LongKind kind, const Outcome<>& outcome);
  void server_seen(core::server::State state);
  void say_empty();
  boost::asio::awaitable<void> ask(core::Ordinal whom, core::Duration limit);
  boost::asio::awaitable<void> see_to_slot(core::Ordinal primary, core::Duration limit);
  boost::asio::awaitable<void> see_to_passwords(core::Duration limit);

  boost::asio::any_io_executor executor_;
  const Context& context_;
  process::Reaper& reaper_;
  Observed& observed_;
  OrdersHere& orders_;
  WalRoom& wal_room_;
  std::function<void()> changed_;
  Server server_;
  OwnSlot own_slot_;
  Slots slots_;
  postgres::Placeholder placeholder_;
  std::unique_ptr<LongRun> long_run_;
  std::optional<int> exit_code_;
  std::uint64_t promotions_ = 0;  ///< that ended well
};

}  // namespace runtime
