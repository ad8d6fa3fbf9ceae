#include "runtime/own_slot.hpp"

#include "log/log.hpp"
#include "postgres/peer.hpp"
#include "runtime/clock.hpp"
#include "runtime/peers.hpp"

namespace runtime {

boost::asio::awaitable<void> OwnSlot::ensure(core::Ordinal upstream, core::Duration limit) {
  const std::string slot = core::slot_name(context_.settings.cluster.identity->pod());
  const postgres::SlotAnswer answer = co_await postgres::ensure_slot(
      login_to(context_, upstream), slot, postgres::SlotNeed::keep, limit);
  nameless_.reset();
  switch (answer.outcome) {
    case postgres::SlotOutcome::ready:
    case postgres::SlotOutcome::in_use: fails_.works(now()); co_return;
    case postgres::SlotOutcome::no_slot:
    case postgres::SlotOutcome::failed: break;
  }
  using Kind = postgres::SqlError::Kind;
  if (answer.error && answer.error->kind == Kind::unresolved) nameless_ = upstream;
  if (fails_.fails(answer.detail, now()))
    logs::event(logs::Level::warning, "slot_missing", {{"slot", slot}}, answer.detail);
}

}  // namespace runtime
