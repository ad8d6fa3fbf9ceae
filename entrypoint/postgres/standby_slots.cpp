#include "postgres/standby_slots.hpp"

#include <optional>
#include <string>
#include <utility>

namespace postgres {

namespace asio = boost::asio;
using core::standby_slots::Deed;
using core::standby_slots::Held;
using core::standby_slots::Step;

namespace {

using Done = std::expected<void, SqlError>;
using Parameters = std::vector<std::optional<std::string>>;

struct Statement {
  std::string sql;
  Parameters parameters;
};

std::vector<Statement> statements(const Step& step) {
  const Parameters name{step.slot};
  switch (step.deed) {
    case Deed::create: return {{sql::create_slot(), name}};
    case Deed::advance: return {{sql::advance_slot(), {step.slot, core::to_text(step.to)}}};
    case Deed::make_anew: return {{sql::drop_slot(), name}, {sql::create_slot(), name}};
  }
  return {};
}

}  // namespace

std::vector<Held> held(const std::vector<sql::Slot>& slots) {
  std::vector<Held> all;
  all.reserve(slots.size());
  for (const sql::Slot& slot : slots) {
    const bool lost = slot.wal_status == "lost";
    all.push_back({.slot = slot.name,
                   .keeps_from = lost ? std::nullopt : slot.restart_lsn,
                   .in_use = slot.active,
                   .holds_xmin = slot.holds_xmin});
  }
  return all;
}

asio::awaitable<Done> carry_out(Session& session, Step step, core::Duration limit) {
  for (Statement& each : statements(step)) {
    const auto done =
        co_await session.query(std::move(each.sql), std::move(each.parameters), limit);
    if (!done) co_return std::unexpected(done.error());
  }
  co_return Done{};
}

}  // namespace postgres
