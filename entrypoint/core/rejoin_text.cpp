// The facts and the choice, for the log.
#include <array>
#include <cstddef>

#include "core/rejoin_choice.hpp"

namespace core::rejoin {
namespace {

constexpr std::array choices{std::string_view{"stream"}, std::string_view{"rewind"},
                             std::string_view{"clone"}, std::string_view{"wait"}};
static_assert(choices.size() == static_cast<std::size_t>(Choice::wait) + 1);

constexpr std::array names = {
    std::string_view{"primary_has_what_we_lack"},
    std::string_view{"diverged"},
    std::string_view{"volume_empty"},
    std::string_view{"wal_removed"},
    std::string_view{"slot_lost"},
    std::string_view{"same_timeline_other_history"},
    std::string_view{"own_history_missing"},
    std::string_view{"rewind_failed"},
    std::string_view{"foreign_system_identifier"},
    std::string_view{"other_major_version"},
    std::string_view{"primary_history_missing"},
    std::string_view{"no_common_ancestor"},
    std::string_view{"ahead_of_primary"},
    std::string_view{"not_given_up"},
};
static_assert(names.size() == static_cast<std::size_t>(Reason::count_), "one name for each reason");

/// Of a long life only its end: where two ways part is near it.
constexpr std::size_t most_forks = 8;

std::string text_of(const Way& way) {
  std::string text = "{system identifier " + to_text(way.system_id) + ", timeline " +
                     std::to_string(way.timeline.number) + ", WAL up to " + to_text(way.flushed) +
                     ", history";
  const std::size_t first = way.history.size() > most_forks ? way.history.size() - most_forks : 0;
  if (first > 0) text += " …";
  for (std::size_t at = first; at < way.history.size(); ++at)
    text +=
        " " + std::to_string(way.history[at].timeline.number) + "@" + to_text(way.history[at].at);
  if (way.history.empty()) text += " none";
  if (!way.major.empty()) text += ", PostgreSQL " + way.major;
  return text + "}";
}

std::string text_of(const Wal& wal) {
  return "{needs " + to_text(wal.needs) + ", the primary's begins at " +
         (wal.oldest ? to_text(*wal.oldest) : std::string("?")) + ", slot " +
         (wal.slot_lost ? "lost}" : "not lost}");
}

}  // namespace

std::string_view to_text(Choice choice) {
  return choices.at(static_cast<std::size_t>(choice));
}

std::string_view to_text(Reason reason) {
  return names.at(static_cast<std::size_t>(reason));
}

std::string to_text(const Judged& judged) {
  const Facts& facts = judged.facts;
  std::string text = "choice=" + std::string(to_text(judged.chosen.choice)) +
                     " because=" + std::string(to_text(judged.chosen.reason));
  text += " own=" + (facts.own ? text_of(*facts.own) : std::string("{empty}"));
  text += " primary=" + text_of(facts.primary);
  if (facts.wal) text += " wal=" + text_of(*facts.wal);
  if (facts.recorded) text += " recorded_timeline=" + std::to_string(facts.recorded->number);
  if (judged.chosen.fork)
    text += " parted_at=" + to_text(judged.chosen.fork->at) + " on timeline " +
            std::to_string(judged.chosen.fork->timeline.number) + ", " +
            std::to_string(judged.chosen.past_fork) + " bytes past it";
  return text;
}

}  // namespace core::rejoin
