#include "runtime/elected/standby_slots.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "log/log.hpp"
#include "postgres/control_file.hpp"
#include "postgres/standby_slots.hpp"
#include "runtime/own_session.hpp"

namespace runtime::elected {

namespace asio = boost::asio;
using asio::awaitable;
using core::PodName;
using core::standby_slots::Deed;
using core::standby_slots::Step;
using core::standby_slots::Wanted;

namespace {

constexpr core::Duration answer_limit = std::chrono::seconds(1);

void say_done(const Step& step) {
  const auto tell = [&step](logs::Level level, std::string_view what) {
    logs::event(level, "standby_slot", {{"slot", step.slot}}, what);
  };
  switch (step.deed) {
    case Deed::create:
      return tell(logs::Level::info, "keeps WAL for that member, in case this pod takes over");
    case Deed::advance: return tell(logs::Level::debug, "advanced to " + core::to_text(step.to));
    case Deed::make_anew:
      return tell(logs::Level::info,
                  "made anew: it was lost, or held an xmin since this pod was the primary");
  }
}

}  // namespace

/// One question to each member.
struct StandbySlots::Round {
  explicit Round(const asio::any_io_executor& executor) : done(executor) {}
  asio::steady_timer done;
  std::size_t waiting = 0;
  std::map<PodName, core::Lsn> has{};
};

StandbySlots::StandbySlots(const asio::any_io_executor& executor, const Context& context,
                           Members& members)
    : executor_(executor), context_(context), members_(members) {}

void StandbySlots::seen(std::optional<std::vector<postgres::sql::Slot>> slots) {
  held_.reset();
  if (slots) held_ = postgres::held(*slots);
}

/// Those that may exist and are known: by the Lease, or by a slot that is there.
std::vector<PodName> StandbySlots::members(const std::vector<PodName>& listed) const {
  const core::ClusterSettings& cluster = context_.settings.cluster;
  std::vector<PodName> known;
  for (std::uint32_t member = 0; member < cluster.max_members; ++member) {
    PodName pod = cluster.identity->peer({cluster.primary.number + member});
    if (pod == cluster.identity->pod()) continue;
    const bool has_slot = std::ranges::any_of(
        *held_, [slot = core::slot_name(pod)](const auto& held) { return held.slot == slot; });
    if (has_slot || std::ranges::find(listed, pod) != listed.end()) known.push_back(std::move(pod));
  }
  return known;
}

/// Only who streams from the same primary tells a position in the same history.
awaitable<void> StandbySlots::ask(PodName pod, PodName upstream, std::shared_ptr<Round> round) {
  const auto response = co_await members_.call(pod, http::Identify{}, answer_limit);
  const auto* identity = response ? std::get_if<http::Identity>(&response->what) : nullptr;
  const bool beside_us = identity != nullptr && identity->streams && identity->follows == upstream;
  if (beside_us && identity->flushed) round->has.emplace(std::move(pod), *identity->flushed);
  if (--round->waiting == 0) round->done.cancel();
}

awaitable<std::vector<Wanted>> StandbySlots::ask_all(std::vector<PodName> pods, PodName upstream,
                                                     core::Lsn redo) {
  const auto round = std::make_shared<Round>(executor_);
  // A primary that comes back as a standby goes back to a checkpoint that we have seen, too.
  round->has.emplace(upstream, redo);
  for (const PodName& pod : pods) {
    if (pod == upstream) continue;
    ++round->waiting;
    asio::co_spawn(executor_, ask(pod, upstream, round), asio::detached);
  }
  round->done.expires_after(2 * answer_limit);
  if (round->waiting > 0) co_await round->done.async_wait(asio::as_tuple(asio::use_awaitable));
  std::vector<Wanted> wanted;
  for (const PodName& pod : pods) {
    const auto found = round->has.find(pod);
    wanted.push_back(
        {.slot = core::slot_name(pod),
         .has = found == round->has.end() ? std::nullopt : std::optional(found->second)});
  }
  co_return wanted;
}

awaitable<void> StandbySlots::change(std::vector<Step> steps, core::Duration limit) {
  auto session = co_await own_session(context_, limit);
  if (!session) co_return;  // with the next look
  for (const Step& step : steps) {
    const auto done = co_await postgres::carry_out(*session, step, limit);
    if (done) {
      say_done(step);
    } else {
      logs::event(logs::Level::warning, "standby_slot", {{"slot", step.slot}},
                  done.error().message);
    }
  }
  seen({});
}

awaitable<void> StandbySlots::keep(PodName upstream, std::vector<PodName> listed,
                                   core::Duration limit) {
  if (!held_) co_return;
  const auto control = postgres::read_control_file(context_.settings.official.pgdata);
  if (!control) co_return;  // the loop tells of it
  std::vector<Wanted> wanted = co_await ask_all(members(listed), upstream, control->redo);
  if (!held_) co_return;
  std::vector<Step> steps = core::standby_slots::steps(*held_, wanted, control->redo);
  if (!steps.empty()) co_await change(std::move(steps), limit);
}

}  // namespace runtime::elected
