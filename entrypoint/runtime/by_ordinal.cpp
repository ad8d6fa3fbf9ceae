#include "runtime/by_ordinal.hpp"

#include <utility>

namespace runtime {

ByOrdinal::ByOrdinal(const boost::asio::any_io_executor& executor, process::Reaper& reaper,
                     const Context& context, const std::function<void()>& changed)
    : context_(context),
      observed_(context),
      journal_(context.settings),
      perform_(executor, context, reaper, observed_, changed) {}

std::optional<core::Instant> ByOrdinal::tick(core::Instant at) {
  core::Decision decision = core::decide(context_.settings, memory_, observed_.at(at));
  memory_ = std::move(decision.next);
  observed_.decided(decision);
  journal_.decided(decision, at);
  for (const core::Action& action : decision.actions)
    perform_(action);
  return decision.wake;
}

}  // namespace runtime
