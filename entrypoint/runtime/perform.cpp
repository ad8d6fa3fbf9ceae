#include "runtime/perform.hpp"

#include <csignal>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "log/log.hpp"
#include "log/termination_message.hpp"
#include "runtime/bootstrap.hpp"
#include "runtime/clock.hpp"
#include "runtime/clone.hpp"
#include "runtime/configure.hpp"
#include "runtime/discard.hpp"
#include "runtime/passwords.hpp"
#include "runtime/peers.hpp"
#include "runtime/promote.hpp"
#include "runtime/rejoin_facts.hpp"

namespace runtime {

namespace asio = boost::asio;
namespace action = core::action;
using core::LongKind;

Perform::Perform(const asio::any_io_executor& executor, const Context& context,
                 process::Reaper& reaper, Observed& observed, OrdersHere& orders, WalRoom& wal_room,
                 std::function<void()> changed)
    : executor_(executor),
      context_(context),
      reaper_(reaper),
      observed_(observed),
      orders_(orders),
      wal_room_(wal_room),
      changed_(std::move(changed)),
      server_(executor, reaper, context, [this](core::server::State state) { server_seen(state); }),
      own_slot_(context),
      slots_(executor, context),
      placeholder_(executor) {}

void Perform::operator()(const core::Action& action) {
  std::visit([this](const auto& deed) { act(deed); }, action);
}

std::optional<Progress> Perform::progress() const {
  return long_run_ ? long_run_->progress() : std::nullopt;
}

void Perform::begin(LongKind kind, Work work) {
  long_run_ = std::make_unique<LongRun>(executor_, reaper_);
  asio::co_spawn(executor_, run_long(kind, std::move(work)), asio::detached);
}

asio::awaitable<void> Perform::run_long(LongKind kind, Work work) {
  Outcome<> outcome;
  try {
    outcome = co_await work(*long_run_);
  } catch (const std::exception& error) {
    // No library may end PID 1 by an exception: it becomes the action's failure.
    outcome = std::unexpected(Failure{.exit_code = 1, .message = error.what()});
  }
  finished(kind, outcome);
}

void Perform::finished(LongKind kind, const Outcome<>& outcome) {
  core::LongResult result{.kind = kind, .ok = outcome.has_value(), .message = {}};
  if (!outcome) {
    result.exit_code = outcome.error().exit_code;
    result.message = outcome.error().message;
    const bool started_a_server = kind == LongKind::bootstrap || kind == LongKind::adopt;
    if (started_a_server && !(long_run_ && long_run_->stopping())) say_whose_parameters(context_);
    // A clone is tried again; of the others' failure the exit tells. What was stopped has not
    // failed.
    const bool stopped = long_run_ && long_run_->stopping();
    if (kind == LongKind::clone && !stopped)
      logs::event(logs::Level::error, "clone_failed", {}, result.message);
  } else if (kind == LongKind::promote) {
    ++promotions_;
    server_.promoted();
    observed_.promoted();
  }
  observed_.look_at_directory();
  if (long_run_) long_run_->progress_is({});
  observed_.ended(std::move(result));
  changed_();
}

void Perform::server_seen(core::server::State state) {
  if (std::holds_alternative<core::server::Ended>(state)) observed_.look_at_directory();
  observed_.server_is(state);
  changed_();
}

asio::awaitable<void> Perform::ask(core::Ordinal whom, core::Duration limit) {
  const core::peer::Answer answer = co_await ask_peer(context_, whom, limit);
  observed_.answered(whom, answer, now());
  changed_();
}

asio::awaitable<void> Perform::see_to_slot(core::Ordinal primary, core::Duration limit) {
  const core::peer::Answer answer = co_await ask_peer(context_, primary, limit);
  // A slot for the copy of another cluster would hold back WAL for nobody (S9).
  const auto* serves = std::get_if<core::peer::Serves>(&answer);
  if (serves != nullptr && observed_.holds_copy_of(serves->system_id)) {
    // Before the slot: a lost one is made anew there.
    observed_.cannot_stream(co_await rejoin_facts(context_, primary, limit, limit / 2), now());
    co_await own_slot_.ensure(primary, limit);
  }
  observed_.answered(primary, answer, now());
  changed_();
}

asio::awaitable<void> Perform::see_to_passwords(core::Duration limit) {
  const bool hold = co_await assert_passwords(context_, limit);
  observed_.passwords_hold(hold, now());
  changed_();
}

void Perform::act(const action::DiscardUnfinished&) {
  begin(LongKind::discard, [this](LongRun& run) { return discard_unfinished(run, context_); });
}

void Perform::act(const action::Bootstrap&) {
  begin(LongKind::bootstrap, [this](LongRun& run) { return bootstrap(run, context_); });
}

void Perform::act(const action::Adopt&) {
  begin(LongKind::adopt, [this](LongRun& run) { return adopt(run, context_); });
}

void Perform::act(const action::Clone& deed) {
  begin(LongKind::clone, [this, deed](LongRun& run) {
    return deed.in_place ? clone_in_place(run, context_, deed.source)
                         : clone(run, context_, deed.source, deed.then_promote);
  });
}

void Perform::say_empty() {
  if (const auto error = placeholder_.listen(server_port(context_))) {
    logs::event(logs::Level::debug, "placeholder_not_listening", {{"error", error.message()}});
  }
}

void Perform::act(const action::AskPeers& deed) {
  if (deed.say_empty) say_empty();
  for (const core::Ordinal whom : deed.whom) {
    asio::co_spawn(executor_, ask(whom, deed.deadline - now()), asio::detached);
  }
}

void Perform::act(const action::StartServer& deed) {
  placeholder_.close();
  const Outcome<> started = server_.start(deed.role, deed.follow);
  if (!started) finished(LongKind::start, started);
}

void Perform::act(const action::Promote& deed) {
  begin(LongKind::promote, [this, deed](LongRun& run) {
    return promote(run, context_, deed.deadline, [this](int number) { server_.signal(number); });
  });
}

void Perform::act(const action::StopServer& deed) {
  switch (deed.how) {
    case action::Shutdown::fast: server_.signal(SIGINT); break;
    case action::Shutdown::immediate: server_.signal(SIGQUIT); break;
    case action::Shutdown::kill: server_.signal(SIGKILL); break;
  }
}

void Perform::act(const action::StopLongAction& deed) {
  if (long_run_) long_run_->stop(deed.kill);
}

void Perform::act(const action::Reload&) {
  if (context_.reread_settings) context_.reread_settings();
  if (!std::holds_alternative<core::server::Running>(observed_.server())) return;
  if (const Outcome<> done = server_.reload(); !done) {
    logs::event(logs::Level::error, "reload_failed", {}, done.error().message);
  }
}

void Perform::act(const action::EnsureSlot& deed) {
  asio::co_spawn(executor_, see_to_slot(deed.primary, deed.deadline - now()), asio::detached);
}

void Perform::act(const action::MaintainSlots& deed) {
  asio::co_spawn(executor_, slots_.maintain(deed.deadline - now()), asio::detached);
}

void Perform::act(const action::AssertPasswords& deed) {
  asio::co_spawn(executor_, see_to_passwords(deed.deadline - now()), asio::detached);
}

void Perform::act(const action::ReleaseReserve&) {
  wal_room_.release();
}

void Perform::act(const action::MakeReserve& deed) {
  wal_room_.make(deed.bytes);
}

void Perform::act(const action::Exit& deed) {
  if (deed.code != 0 && !deed.message.empty()) logs::leave_termination_message(deed.message);
  exit_code_ = deed.code;
}

}  // namespace runtime
