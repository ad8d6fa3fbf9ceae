#pragma once

#include <functional>

#include "core/decision.hpp"
#include "process/reaper.hpp"
#include "runtime/chronicle.hpp"
#include "runtime/disk_space.hpp"
#include "runtime/driver.hpp"
#include "runtime/journal.hpp"
#include "runtime/observe.hpp"
#include "runtime/orders_here.hpp"
#include "runtime/ordinal_control.hpp"
#include "runtime/page_server.hpp"
#include "runtime/perform.hpp"
#include "runtime/shown_standbys.hpp"
#include "runtime/standing_watch.hpp"
#include "runtime/wal_room.hpp"

namespace runtime {

/// Standalone and static mode: this server alone, or the lowest ordinal, is the primary.
class ByOrdinal : public Driver {
 public:
  ByOrdinal(const boost::asio::any_io_executor& executor, process::Reaper& reaper,
            const Context& context, const std::function<void()>& changed);

  void begin() override;
  std::optional<core::Instant> tick(core::Instant at) override;
  void stop_asked(int signal, core::Instant at) override { observed_.stop_asked(signal, at); }
  void reload_asked() override { observed_.reload_asked(); }
  [[nodiscard]] bool reload_pending() const override { return observed_.reload_pending(); }
  [[nodiscard]] std::optional<int> exit_code() const override { return perform_.exit_code(); }

 private:
  [[nodiscard]] OrdersHere::Told told(const std::function<void()>& changed);
  /// How our copy and the primary's stand, asked for an order.
  [[nodiscard]] boost::asio::awaitable<std::optional<core::rejoin::Facts>> copies();
  [[nodiscard]] core::Status status(core::Instant at) const;
  [[nodiscard]] std::optional<std::string> waits_for_later() const;
  void put_standing(core::Status& status, const postgres::Standing& standing) const;
  void remember(const core::Decision& decision, core::Instant at);

  const Context& context_;
  const process::Reaper& reaper_;
  Observed observed_;
  Journal journal_;
  core::Memory memory_;
  OrdersHere orders_;
  WalRoom wal_room_;
  Perform perform_;

  // For status() alone.
  StandingWatch watch_;
  PageServer pages_;
  OrdinalControl control_;
  DiskSpace space_;
  Chronicle chronicle_;
  std::optional<core::Reason> reason_;
  core::Instant reason_since_;
  std::string words_;
  std::optional<core::Instant> started_;  ///< the server that was counted last
  std::uint64_t server_starts_ = 0;
};

}  // namespace runtime
