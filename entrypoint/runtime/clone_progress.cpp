#include "runtime/clone_progress.hpp"

#include <algorithm>
#include <iostream>

#include "log/log.hpp"

namespace runtime {
namespace {

using namespace std::chrono_literals;

constexpr core::Duration report_period = 10s;

}  // namespace

CloneProgress::CloneProgress(std::string source, core::Instant began)
    : source_(std::move(source)), said_at_(began) {}

void CloneProgress::line(std::string_view text, core::Instant at) {
  if (const auto progress = postgres::parse_progress(text)) {
    last_ = *progress;
    if (at - said_at_ >= report_period) report(at);
    return;
  }
  if (text.find_first_not_of(' ') == std::string_view::npos) return;
  std::cerr << text << std::endl;
  constexpr std::string_view name = "pg_basebackup: ";
  const bool error = text.find("error:") != std::string_view::npos;
  if (is_error_ && !error) return;
  is_error_ = error;
  last_message_ = text.starts_with(name) ? text.substr(name.size()) : text;
}

std::optional<Progress> CloneProgress::reached() const {
  if (last_.done_kib == 0) return std::nullopt;
  Progress reached{.done_bytes = bytes()};
  if (last_.total_kib > 0) reached.total_bytes = last_.total_kib * 1024;
  return reached;
}

void CloneProgress::report(core::Instant at) {
  const auto milliseconds = std::max<std::int64_t>(1, (at - said_at_) / 1ms);
  const std::uint64_t rate =
      (last_.done_kib - said_kib_) * 1024 * 1000 / static_cast<std::uint64_t>(milliseconds);
  // The total is the source's estimate at the beginning: it may be passed.
  const std::uint64_t percent =
      last_.total_kib == 0 ? 0
                           : std::min<std::uint64_t>(100, last_.done_kib * 100 / last_.total_kib);
  logs::event(logs::Level::info, "clone_progress",
              {{"source", source_},
               {"bytes", last_.done_kib * 1024},
               {"total_bytes", last_.total_kib * 1024},
               {"percent", percent},
               {"bytes_per_second", rate}});
  said_at_ = at;
  said_kib_ = last_.done_kib;
}

}  // namespace runtime
