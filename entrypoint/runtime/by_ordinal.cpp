#include "runtime/by_ordinal.hpp"

#include <utility>

#include "runtime/clock.hpp"

namespace runtime {

ByOrdinal::ByOrdinal(const boost::asio::any_io_executor& executor, process::Reaper& reaper,
                     const Context& context, const std::function<void()>& changed)
    : context_(context),
      reaper_(reaper),
      observed_(context),
      journal_(context.settings),
      perform_(executor, context, reaper, observed_, changed),
      watch_(executor, context, changed),
      pages_(executor, context.settings.http.port, [this] { return status(now()); }),
      control_(executor, context, [this] { return status(now()); }),
      space_(context.settings.official.pgdata) {}

void ByOrdinal::begin() {
  observed_.look_at_directory();
  if (context_.settings.bootstrap_only) return;
  pages_.listen();
  control_.listen();
}

std::optional<core::Instant> ByOrdinal::tick(core::Instant at) {
  observed_.streams(watch_.streams());
  core::Decision decision = core::decide(context_.settings, memory_, observed_.at(at));
  memory_ = std::move(decision.next);
  observed_.decided(decision);
  journal_.decided(decision, at);
  remember(decision, at);
  for (const core::Action& action : decision.actions)
    perform_(action);
  return decision.wake;
}

}  // namespace runtime
