#include "runtime/elected/works.hpp"

#include <exception>
#include <string_view>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "log/log.hpp"
#include "runtime/clock.hpp"

namespace runtime::elected {

using boost::asio::awaitable;
using core::elected::Work;

std::string_view name(Work work) {
  switch (work) {
    case Work::bootstrap: return "bootstrap";
    case Work::rewind: return "rewind";
    case Work::clone: return "clone";
    case Work::promote: return "promote";
    case Work::checkpoint: return "checkpoint";
  }
  return {};
}

Works::Works(const boost::asio::any_io_executor& executor, process::Reaper& reaper, Ended ended)
    : executor_(executor), reaper_(reaper), ended_(std::move(ended)) {}

void Works::begin(Work work, Deed deed) {
  long_run_ = std::make_shared<LongRun>(executor_, reaper_);
  boost::asio::co_spawn(executor_, run(work, std::move(deed), long_run_), boost::asio::detached);
}

awaitable<void> Works::run(Work work, Deed deed, std::shared_ptr<LongRun> long_run) {
  const core::Instant began = now();
  Outcome<> outcome;
  try {
    outcome = co_await deed(*long_run);
  } catch (const std::exception& error) {
    // No library may end PID 1 by an exception: it becomes the action's failure.
    outcome = std::unexpected(Failure{.exit_code = 1, .message = error.what()});
  }
  const auto ms = (now() - began) / std::chrono::milliseconds(1);
  if (outcome) {
    logs::event(logs::Level::info, "work_done", {{"work", name(work)}, {"ms", ms}});
  } else if (!long_run->stopping()) {
    logs::event(logs::Level::error, "work_failed", {{"work", name(work)}, {"ms", ms}},
                outcome.error().message);
  }
  long_run->progress_is({});
  ended_(work, outcome.has_value());
}

std::optional<Progress> Works::progress() const {
  return long_run_ ? long_run_->progress() : std::nullopt;
}

void Works::stop() {
  if (long_run_) long_run_->stop(true);
}

}  // namespace runtime::elected
