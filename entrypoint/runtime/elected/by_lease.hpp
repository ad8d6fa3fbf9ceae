#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/elected/decision.hpp"
#include "core/status.hpp"
#include "http/peer_message.hpp"
#include "kubernetes/access.hpp"
#include "process/fence.hpp"
#include "process/reaper.hpp"
#include "runtime/chronicle.hpp"
#include "runtime/disk_space.hpp"
#include "runtime/driver.hpp"
#include "runtime/elected/chores.hpp"
#include "runtime/elected/control.hpp"
#include "runtime/elected/copy.hpp"
#include "runtime/elected/event_keeper.hpp"
#include "runtime/elected/journal.hpp"
#include "runtime/elected/label_keeper.hpp"
#include "runtime/elected/lease_keeper.hpp"
#include "runtime/elected/members.hpp"
#include "runtime/elected/observed.hpp"
#include "runtime/elected/perform.hpp"
#include "runtime/elected/poll.hpp"
#include "runtime/elected/role_history.hpp"
#include "runtime/elected/works.hpp"
#include "runtime/orders_here.hpp"
#include "runtime/server.hpp"

namespace runtime::elected {

/// Elected mode: the primary is the holder of the Lease. Observes, has core/elected decide, and has
/// it performed.
class ByLease : public Driver {
 public:
  /// The fence is started first, before anything else is. The error says what is missing.
  [[nodiscard]] static std::expected<std::unique_ptr<Driver>, std::string> make(
      const boost::asio::any_io_executor& executor, process::Reaper& reaper, const Context& context,
      bool locked, std::function<void()> changed);

  void begin() override;
  std::optional<core::Instant> tick(core::Instant at) override;
  void stop_asked(int signal, core::Instant at) override { observed_.stop_asked(signal, at); }
  void reload_asked() override { reload_ = true; }
  [[nodiscard]] bool reload_pending() const override { return reload_; }
  [[nodiscard]] std::optional<int> exit_code() const override { return perform_.exit_code(); }

  ByLease(const boost::asio::any_io_executor& executor, process::Reaper& reaper,
          const Context& context, const kubernetes::Access& access, process::Fence fence,
          bool locked, std::function<void()> changed);

 private:
  /// Why this volume or image cannot be served, where it cannot.
  [[nodiscard]] std::optional<std::string> refusal() const;
  void server_seen(const core::server::State& state);
  void server_began();
  [[nodiscard]] bool fence_knows_server();
  boost::asio::awaitable<void> server_ended(core::server::Ended ended);
  void stands(const postgres::Standing& standing);
  void does_not_answer(const postgres::SqlError& error);
  void work_ended(core::elected::Work work, bool ok);
  void look_at_copy();
  boost::asio::awaitable<http::Said> commanded(core::elected::Command command);
  [[nodiscard]] std::optional<http::Said> paused(bool on) const;
  [[nodiscard]] OrdersHere::Told told();
  void reload();
  [[nodiscard]] bool serves() const;
  [[nodiscard]] std::vector<core::PodName> listed() const;
  [[nodiscard]] core::Status status(core::Instant at) const;
  [[nodiscard]] std::string history() const;
  [[nodiscard]] core::Status::Lease lease_seen(core::Instant at) const;
  [[nodiscard]] std::optional<std::string> waits_for_later() const;
  void remember_reason(const core::elected::Decision& decision, const core::elected::Facts& facts);
  void count(core::elected::Outcome outcome);

  boost::asio::any_io_executor executor_;
  const Context& context_;
  std::function<void()> changed_;
  const process::Reaper& reaper_;
  core::elected::Settings settings_;
  core::elected::Memory memory_;
  process::Fence fence_;
  Observed observed_;
  Copy copy_;
  Server server_;
  LeaseKeeper lease_;
  LabelKeeper labels_;
  EventKeeper events_;
  Members members_;
  WalRoom wal_room_;
  Works works_;
  OrdersHere orders_;
  Poll poll_;
  Perform perform_;
  Journal journal_;
  Chores chores_;
  Control control_;
  bool reload_ = false;
  std::optional<core::Instant> silent_since_;  ///< the server admits nobody, it recovers

  // For status() alone.
  DiskSpace space_;
  std::optional<postgres::Standing> standing_;  ///< what the server said last, while it answers
  std::optional<core::elected::Reason> reason_;
  core::Instant reason_since_;
  std::string words_;
  std::optional<core::Instant> work_began_;
  RoleHistory roles_;
  Chronicle chronicle_;
  core::Status::LeaseWrites lease_writes_;
  std::uint64_t server_starts_ = 0;
  std::uint64_t promotions_ = 0;
};

}  // namespace runtime::elected
