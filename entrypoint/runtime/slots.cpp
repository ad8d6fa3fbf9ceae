#include "runtime/slots.hpp"

#include <boost/asio/steady_timer.hpp>

#include "log/log.hpp"
#include "postgres/name_lookup.hpp"
#include "postgres/sql.hpp"
#include "runtime/clock.hpp"
#include "runtime/own_session.hpp"

namespace runtime {

namespace asio = boost::asio;

namespace {

/// True where the resolver says that there is no such name; an error of the resolver itself is not
/// that.
asio::awaitable<bool> name_is_gone(std::string address,
                                   std::chrono::steady_clock::time_point deadline) {
  const auto found = co_await postgres::look_up(std::move(address), deadline);
  co_return !found && found.error().kind == postgres::LookupError::Kind::no_such_name;
}

}  // namespace

Slots::Slots(const asio::any_io_executor& executor, const Context& context)
    : executor_(executor), context_(context) {
  if (!context.settings.cluster.identity) return;
  const core::Identity& identity = *context.settings.cluster.identity;
  // Further than max_members: a slot may be left from before that was lowered.
  for (std::uint32_t number = 0; number < context.settings.cluster.primary.number + 256; ++number) {
    const core::Ordinal member{number};
    if (member != identity.ordinal)
      members_.emplace(core::slot_name(identity.peer(member)), member);
  }
}

asio::awaitable<Slots::Listed> Slots::list(postgres::Session& session, core::Duration limit) {
  const auto table = co_await session.run(postgres::sql::list_slots(), limit);
  if (!table) co_return std::nullopt;
  auto slots = postgres::sql::slots(*table);
  std::erase_if(slots, [this](const auto& slot) { return !members_.contains(slot.name); });
  co_return slots;
}

asio::awaitable<bool> Slots::drop(postgres::Session& session, std::string slot,
                                  std::string_view why, core::Duration limit) {
  std::vector<std::optional<std::string>> parameters(
      1, slot);  // g++ 12 breaks on a braced list in co_await
  const auto dropped =
      co_await session.query(postgres::sql::drop_slot(), std::move(parameters), limit);
  if (dropped) {
    logs::event(logs::Level::info, "slot_dropped", {{"slot", slot}}, why);
  } else {
    logs::event(logs::Level::warning, "slot_not_dropped", {{"slot", slot}},
                dropped.error().message);
  }
  co_return dropped.has_value();
}

asio::awaitable<Slots::Listed> Slots::maintain(core::Duration limit) {
  if (std::exchange(busy_, true)) co_return std::nullopt;
  auto listed = co_await look(limit);
  busy_ = false;
  co_return listed;
}

asio::awaitable<Slots::Listed> Slots::look(core::Duration limit) {
  auto session = co_await own_session(context_, limit);
  if (!session) {
    logs::event(logs::Level::warning, "slots_not_checked",
                {{"error", postgres::to_text(session.error().kind)}}, session.error().message);
    co_return std::nullopt;
  }
  asio::steady_timer deadline(executor_);
  deadline.expires_after(limit);
  const auto listed = co_await list(*session, limit);
  if (!listed) co_return std::nullopt;
  std::map<std::string, core::Instant> gone;
  std::vector<postgres::sql::Slot> there;
  for (const postgres::sql::Slot& slot : *listed) {
    const std::string address = context_.settings.cluster.identity->address(members_.at(slot.name));
    if (slot.active || !co_await name_is_gone(address, deadline.expiry())) {
      there.push_back(slot);
      continue;
    }
    const auto known = gone_since_.find(slot.name);
    const core::Instant since = known == gone_since_.end() ? now() : known->second;
    const bool retained = now() - since < context_.settings.replication.slot_retention;
    if (retained || !co_await drop(*session, slot.name,
                                   "its pod's name " + address +
                                       " does not resolve any more: the StatefulSet was scaled "
                                       "down",
                                   limit)) {
      gone.emplace(slot.name, since);
      there.push_back(slot);
    }
  }
  gone_since_ = std::move(gone);
  co_return there;
}

}  // namespace runtime
