#include "runtime/elected/chores.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "core/identity.hpp"
#include "runtime/clock.hpp"
#include "runtime/passwords.hpp"
#include "runtime/peers.hpp"
#include "runtime/rejoin_facts.hpp"

namespace runtime::elected {

namespace {

constexpr core::Duration limit = std::chrono::seconds(5);
constexpr core::Duration slots_period = std::chrono::seconds(30);
/// A standby asks the others where they stand: what it keeps for them is so much older, no less.
constexpr core::Duration keep_period = std::chrono::seconds(10);
/// A standby without its stream may lack its slot: on a new primary there is none yet.
constexpr core::Duration own_slot_period = std::chrono::milliseconds(500);
constexpr core::Duration wal_period = std::chrono::seconds(2);
constexpr core::Duration passwords_retry = std::chrono::seconds(10);

}  // namespace

Chores::Chores(const boost::asio::any_io_executor& executor, const Context& context,
               Members& members, std::function<std::vector<core::PodName>()> listed,
               std::function<void()> changed)
    : executor_(executor),
      context_(context),
      listed_(std::move(listed)),
      changed_(std::move(changed)),
      own_slot_(context),
      slots_(executor, context),
      standby_slots_(executor, context, members) {}

Chores::Work Chores::run(std::function<Work()> chore) {
  co_await chore();
  busy_ = false;
  changed_();
}

Chores::Work Chores::see_to_passwords() {
  passwords_hold_ = co_await assert_passwords(context_, limit);
  passwords_next_ = now() + passwords_retry;
}

/// A stream that does not come back may lack its slot, which is what it waits for after a change of
/// the primary, or what it needs may be gone.
Chores::Work Chores::see_to_stream(core::Ordinal upstream) {
  co_await own_slot_.ensure(upstream, limit);
  if (now() < wal_next_) co_return;
  wal_next_ = now() + wal_period;
  const auto facts = co_await rejoin_facts(context_, upstream, limit);
  wal_at_primary_.reset();
  if (!facts || !facts->wal) co_return;
  wal_at_primary_ =
      core::elected::WalAtPrimary{.pod = context_.settings.cluster.identity->peer(upstream),
                                  .own = *facts->own,
                                  .wal = *facts->wal,
                                  .at = now()};
}

Chores::Work Chores::see_to_slots() {
  standby_slots_.seen(co_await slots_.maintain(limit));
}

std::optional<core::Instant> Chores::look(core::Instant at, const core::elected::Server& server,
                                          bool open) {
  if (std::exchange(was_open_, open) != open) {
    // With another role everything is due again.
    passwords_hold_ = false;
    passwords_next_ = at;
    slots_next_ = at;
  }
  if (busy_) return std::nullopt;  // its end asks for another look
  return open ? as_primary(at) : as_standby(at, server);
}

std::optional<core::Instant> Chores::as_primary(core::Instant at) {
  if (!passwords_hold_ && at >= passwords_next_) {
    busy_ = true;
    boost::asio::co_spawn(executor_, run([this] { return see_to_passwords(); }),
                          boost::asio::detached);
    return std::nullopt;
  }
  if (at >= slots_next_) {
    busy_ = true;
    slots_next_ = at + slots_period;
    boost::asio::co_spawn(executor_, run([this] { return see_to_slots(); }), boost::asio::detached);
    return std::nullopt;
  }
  return passwords_hold_ ? slots_next_ : std::min(slots_next_, passwords_next_);
}

std::optional<core::Instant> Chores::as_standby(core::Instant at,
                                                const core::elected::Server& server) {
  const auto* running = std::get_if<core::server::Running>(&server.state);
  if (running == nullptr || running->role != core::Role::standby) return std::nullopt;
  const auto follows = server.follows ? core::split_pod_name(server.follows->text) : std::nullopt;
  const bool lacks_stream = follows && !server.streams;
  if (std::exchange(lacked_stream_, lacks_stream) != lacks_stream) slots_next_ = at;
  if (!lacks_stream && !server.streams) return std::nullopt;
  std::function<Work()> chore;
  if (at >= slots_next_) {
    slots_next_ = at + (lacks_stream ? own_slot_period : slots_period);
    keep_next_ = at;
    chore = [this] { return see_to_slots(); };
    if (lacks_stream) chore = [this, follows] { return see_to_stream(follows->ordinal); };
  } else if (server.streams && at >= keep_next_) {
    keep_next_ = at + keep_period;
    chore = [this, upstream = *server.follows] {
      return standby_slots_.keep(upstream, listed_(), limit);
    };
  } else {
    return lacks_stream ? slots_next_ : std::min(slots_next_, keep_next_);
  }
  busy_ = true;
  boost::asio::co_spawn(executor_, run(std::move(chore)), boost::asio::detached);
  return std::nullopt;
}

}  // namespace runtime::elected
