#pragma once

#include <functional>

#include "core/decision.hpp"
#include "process/reaper.hpp"
#include "runtime/driver.hpp"
#include "runtime/journal.hpp"
#include "runtime/observe.hpp"
#include "runtime/perform.hpp"

namespace runtime {

/// Standalone and static mode: this server alone, or the lowest ordinal, is the primary.
class ByOrdinal : public Driver {
 public:
  ByOrdinal(const boost::asio::any_io_executor& executor, process::Reaper& reaper,
            const Context& context, const std::function<void()>& changed);

  void begin() override { observed_.look_at_directory(); }
  std::optional<core::Instant> tick(core::Instant at) override;
  void stop_asked(int signal, core::Instant at) override { observed_.stop_asked(signal, at); }
  void reload_asked() override { observed_.reload_asked(); }
  [[nodiscard]] bool reload_pending() const override { return observed_.reload_pending(); }
  [[nodiscard]] std::optional<int> exit_code() const override { return perform_.exit_code(); }

 private:
  const Context& context_;
  Observed observed_;
  Journal journal_;
  core::Memory memory_;
  Perform perform_;
};

}  // namespace runtime
