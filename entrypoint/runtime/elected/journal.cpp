#include "runtime/elected/journal.hpp"

#include <utility>

#include "log/log.hpp"
#include "runtime/elected/words.hpp"

namespace runtime::elected {

using logs::Level;

namespace {

constexpr core::Duration repeat = std::chrono::seconds(10);

Level level_of(Kind kind) {
  switch (kind) {
    case Kind::steady: return Level::debug;
    case Kind::deed:
    case Kind::waiting: return Level::info;
    case Kind::fault: return Level::error;
  }
  return Level::info;
}

}  // namespace

void Journal::decided(const core::elected::Decision& decision, const core::elected::Facts& facts) {
  const core::elected::Reason reason = decision.reason;
  const Kind kind = kind_of(reason);
  const bool fresh = std::exchange(last_, reason) != reason;
  if (fresh) began_ = facts.now;
  if (kind == Kind::steady && !fresh) return;
  std::string text = words(settings_, decision, facts);
  // Two may take turns: each is told at most every 10 s.
  const auto said = said_.find(reason);
  const bool lately = said != said_.end() && facts.now - said->second.at < repeat;
  const bool told = lately && said->second.text == text;
  if (told) return;
  if (!fresh && kind == Kind::deed) return;
  said_.insert_or_assign(reason, Said{.at = facts.now, .text = text});
  const std::string_view event = kind == Kind::waiting ? "waiting" : "decision";
  const std::string_view name = core::elected::to_text(reason);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(facts.now - began_).count();
  if (seconds == 0) {
    logs::event(level_of(kind), event, {{"reason", name}}, text);
  } else {
    logs::event(level_of(kind), event, {{"reason", name}, {"seconds", seconds}}, text);
  }
}

}  // namespace runtime::elected
