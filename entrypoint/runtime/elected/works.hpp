#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>

#include "core/elected/action.hpp"
#include "process/reaper.hpp"
#include "runtime/long_run.hpp"
#include "runtime/promote.hpp"

namespace runtime::elected {

[[nodiscard]] std::string_view name(core::elected::Work work);

/// The one long action in progress (core::elected::Work). Begun and stopped by Perform alone.
class Works {
 public:
  /// `ended` is told how each ended, once it has.
  using Ended = std::function<void(core::elected::Work work, bool ok)>;
  using Deed = std::function<boost::asio::awaitable<Outcome<>>(LongRun&)>;

  Works(const boost::asio::any_io_executor& executor, process::Reaper& reaper, Ended ended);

  void begin(core::elected::Work work, Deed deed);
  /// How far the one that runs is; nothing: none runs, or it does not say.
  [[nodiscard]] std::optional<Progress> progress() const;
  /// Ends what is going on, at once: PID 1 leaves.
  void stop();

 private:
  boost::asio::awaitable<void> run(core::elected::Work work, Deed deed,
                                   std::shared_ptr<LongRun> long_run);

  boost::asio::any_io_executor executor_;
  process::Reaper& reaper_;
  Ended ended_;
  std::shared_ptr<LongRun> long_run_;
};

}  // namespace runtime::elected
