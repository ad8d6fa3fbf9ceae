#include "runtime/elected/lease_keeper.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/elected/lease_fields.hpp"
#include "log/log.hpp"
#include "runtime/clock.hpp"

namespace runtime::elected {

namespace asio = boost::asio;
namespace action = core::elected::action;
using asio::awaitable;
using core::elected::Base;
using core::elected::LeaseSeen;
using core::elected::Sighting;
using core::elected::Source;
using core::elected::WriteEnded;

namespace {

constexpr core::Duration watch_opens = std::chrono::seconds(5);
/// Bookmarks come once a minute; a watch without one is opened anew, and a watch that opens shows
/// the present state.
constexpr core::Duration watch_quiet = std::chrono::seconds(90);
constexpr core::Duration watch_pause = std::chrono::seconds(1);
constexpr std::size_t kept_leases = 4;

core::elected::LeaseFields fields_of(const kubernetes::Lease& lease) {
  return {.holder_identity = lease.holder_identity,
          .lease_duration_seconds = lease.lease_duration_seconds,
          .lease_transitions = lease.lease_transitions,
          .annotations = lease.annotations};
}

core::elected::Outcome outcome_of(kubernetes::Outcome outcome) {
  switch (outcome) {
    case kubernetes::Outcome::done: return core::elected::Outcome::done;
    case kubernetes::Outcome::refused: return core::elected::Outcome::refused;
    case kubernetes::Outcome::conflict: return core::elected::Outcome::conflict;
    case kubernetes::Outcome::unknown: break;
  }
  return core::elected::Outcome::unknown;
}

void say(std::string_view event, const kubernetes::Error& error, Repeated& repeated) {
  if (!repeated.fails(error.message, now())) return;
  logs::event(logs::Level::warning, event, {{"error", kubernetes::name(error.kind)}},
              error.message);
}

void say_end(std::string_view event, Repeated& repeated) {
  const auto lasted = repeated.works(now());
  if (!lasted) return;
  logs::event(logs::Level::info, event,
              {{"seconds", std::chrono::duration_cast<std::chrono::seconds>(*lasted).count()}});
}

}  // namespace

LeaseKeeper::LeaseKeeper(const asio::any_io_executor& executor, const kubernetes::Access& access,
                         std::string name, Told told)
    : executor_(executor),
      name_(std::move(name)),
      told_(std::move(told)),
      client_(executor, access, now),
      watch_(executor, access, name_) {}

void LeaseKeeper::watch() {
  asio::co_spawn(executor_, keep_watching(), asio::detached);
}

void LeaseKeeper::write(const action::WriteLease& deed) {
  asio::co_spawn(executor_, write_now(deed), asio::detached);
}

void LeaseKeeper::read(const action::ReadLease& deed) {
  asio::co_spawn(executor_, read_now(deed.deadline - now()), asio::detached);
}

awaitable<void> LeaseKeeper::keep_watching() {
  asio::steady_timer pause(executor_);
  for (;;) {
    auto next = co_await watch_.next(watch_opens, watch_quiet);
    if (!next) {
      say("lease_watch_fails", next.error(), watch_fails_);
      // From the present, whatever was missed: an older version may be gone (410).
      watch_.from({});
      pause.expires_after(watch_pause);
      co_await pause.async_wait(asio::use_awaitable);
      continue;
    }
    say_end("lease_watch_works_again", watch_fails_);
    if (auto* changed = std::get_if<kubernetes::seen::Changed>(&*next)) {
      keep(changed->lease);
      told_.seen(LeaseSeen{
          .source = Source::cached, .at = now(), .sighting = sighting_of(changed->lease)});
    } else if (auto* deleted = std::get_if<kubernetes::seen::Deleted>(&*next)) {
      told_.seen(
          LeaseSeen{.source = Source::cached, .at = now(), .deleted = sighting_of(deleted->last)});
    } else if (std::holds_alternative<kubernetes::seen::Quiet>(*next)) {
      watch_.from({});
    }
  }
}

awaitable<void> LeaseKeeper::read_now(core::Duration timeout) {
  const core::Instant asked = now();
  auto lease = co_await client_.get(name_, timeout);
  if (lease) {
    say_end("lease_is_read_again", read_fails_);
    keep(*lease);
    told_.seen(LeaseSeen{
        .source = Source::quorum, .asked = asked, .at = now(), .sighting = sighting_of(*lease)});
    co_return;
  }
  if (lease.error().kind == kubernetes::ErrorKind::not_found) {
    say_end("lease_is_read_again", read_fails_);
    told_.seen(LeaseSeen{.source = Source::quorum, .asked = asked, .at = now()});
    co_return;
  }
  say("lease_read_fails", lease.error(), read_fails_);
  told_.read_failed({.at = now()});
}

awaitable<void> LeaseKeeper::write_now(action::WriteLease deed) {
  const core::Duration timeout = deed.deadline - now();
  // g++ 12 frees temporaries of a conditional around co_await twice.
  kubernetes::Lease lease = lease_for(deed);
  kubernetes::Write write;
  if (deed.base) {
    write = co_await client_.update(std::move(lease), timeout);
  } else {
    write = co_await client_.create(std::move(lease), timeout);
  }
  WriteEnded ended{
      .number = deed.record.write.number, .outcome = outcome_of(write.outcome), .at = now()};
  if (write.lease) {
    keep(*write.lease);
    ended.written = Base{.version = {write.lease->resource_version}, .uid = {write.lease->uid}};
    say_end("lease_is_written_again", write_fails_);
  } else if (write.error) {
    say("lease_write_fails", *write.error, write_fails_);
  }
  told_.write_ended(std::move(ended));
}

Sighting LeaseKeeper::sighting_of(const kubernetes::Lease& lease) {
  auto read = core::elected::read_record(fields_of(lease));
  if (!read.garbage.empty() &&
      std::exchange(garbage_version_, lease.resource_version) != lease.resource_version) {
    for (const core::elected::Garbage& each : read.garbage) {
      logs::event(logs::Level::error, "lease_unreadable",
                  {{"lease", name_}, {"field", each.field}, {"found", each.found}},
                  "expected " + each.expected +
                      ". The primary, where there is one, writes it anew; without one nobody takes "
                      "over until it is put right");
    }
  }
  return {
      .record = std::move(read.record), .version = {lease.resource_version}, .uid = {lease.uid}};
}

void LeaseKeeper::keep(const kubernetes::Lease& lease) {
  seen_.push_back(lease);
  if (seen_.size() > kept_leases) seen_.pop_front();
}

kubernetes::Lease LeaseKeeper::lease_for(const action::WriteLease& deed) const {
  kubernetes::Lease lease{.name = name_};
  if (deed.base) {
    const auto base =
        std::ranges::find(seen_, deed.base->version.text, &kubernetes::Lease::resource_version);
    if (base != seen_.end()) lease = *base;
    lease.uid = deed.base->uid.text;
    lease.resource_version = deed.base->version.text;
  }
  std::erase_if(lease.annotations, [](const auto& entry) {
    return entry.first.starts_with(core::elected::annotation_prefix);
  });
  const auto fields = core::elected::to_fields(deed.record);
  lease.annotations.insert(fields.annotations.begin(), fields.annotations.end());
  const std::string holder = fields.holder_identity.value_or("");
  const std::string time = wall_clock_text();
  if (!holder.empty() && holder != lease.holder_identity) lease.acquire_time = time;
  lease.holder_identity = holder;
  lease.renew_time = time;
  lease.lease_duration_seconds = static_cast<int>(fields.lease_duration_seconds.value_or(0));
  lease.lease_transitions = static_cast<int>(fields.lease_transitions.value_or(0));
  return lease;
}

}  // namespace runtime::elected
