#pragma once

#include "runtime/long_run.hpp"

namespace runtime {

/// Clears what an unfinished bootstrap left, or, where a clone was complete already, finishes it.
/// Unlinking a large copy takes its time, so a thread of its own does it; nothing else of the
/// program runs outside the loop's thread.
[[nodiscard]] boost::asio::awaitable<Outcome<>> discard_unfinished(LongRun& run,
                                                                   const Context& context);

}  // namespace runtime
