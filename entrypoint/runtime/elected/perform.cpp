#include "runtime/elected/perform.hpp"

#include <csignal>
#include <filesystem>
#include <string_view>
#include <type_traits>
#include <utility>

#include "log/log.hpp"
#include "log/termination_message.hpp"
#include "postgres/data_directory.hpp"
#include "postgres/timelines.hpp"
#include "runtime/bootstrap.hpp"
#include "runtime/clock.hpp"
#include "runtime/configure.hpp"
#include "runtime/elected/deeds.hpp"

namespace runtime::elected {

namespace action = core::elected::action;
using core::elected::Work;

namespace {

/// What stands behind one of these is done only where it succeeded (core/elected/action.hpp).
template <class Deed>
constexpr bool holds_up(const Deed&) {
  return std::is_same_v<Deed, action::MarkStandby> || std::is_same_v<Deed, action::Withdraw> ||
         std::is_same_v<Deed, action::FinishBootstrap> || std::is_same_v<Deed, action::SetFence>;
}

template <class Deed>
constexpr std::optional<Work> work_of() {
  if (std::is_same_v<Deed, action::Bootstrap>) return Work::bootstrap;
  if (std::is_same_v<Deed, action::Promote>) return Work::promote;
  if (std::is_same_v<Deed, action::Checkpoint>) return Work::checkpoint;
  if (std::is_same_v<Deed, action::Rewind>) return Work::rewind;
  if (std::is_same_v<Deed, action::Clone>) return Work::clone;
  return std::nullopt;
}

std::optional<core::Ordinal> ordinal_of(const std::optional<core::PodName>& pod) {
  const auto parts = pod ? core::split_pod_name(pod->text) : std::nullopt;
  if (!parts) return std::nullopt;
  return parts->ordinal;
}

bool done(std::string_view what, const Outcome<>& outcome) {
  if (outcome) return true;
  logs::event(logs::Level::error, what, {}, outcome.error().message);
  return false;
}

bool done(std::string_view what, const std::expected<void, postgres::Problem>& outcome) {
  return done(what, outcome ? Outcome<>{} : std::unexpected(failure(outcome.error())));
}

}  // namespace

void Perform::operator()(const std::vector<action::Any>& actions) {
  bool go_on = true;
  for (const action::Any& each : actions) {
    std::visit(
        [&](const auto& deed) {
          if (!go_on) return not_done(deed);
          const bool succeeded = act(deed);
          if (!succeeded) not_done(deed);
          go_on = succeeded || !holds_up(deed);
        },
        each);
  }
}

/// What was not done has an end all the same, as if it had been tried and failed.
template <class Deed>
void Perform::not_done(const Deed& deed) {
  if constexpr (std::is_same_v<Deed, action::WriteLease>) {
    hands_.observed.write_ended({.number = deed.record.write.number,
                                 .outcome = core::elected::Outcome::refused,
                                 .at = now(),
                                 .written = {}});
  } else if constexpr (std::is_same_v<Deed, action::ReadLease>) {
    hands_.observed.read_failed({.at = now()});
  } else if constexpr (std::is_same_v<Deed, action::StartStandby> ||
                       std::is_same_v<Deed, action::StartPrimary>) {
    hands_.observed.server().state =
        core::server::Ended{.status = {.by_signal = false, .number = 1}};
  } else if constexpr (std::is_same_v<Deed, action::Answer>) {
    hands_.members.answer({.ticket = deed.ticket, .answer = core::elected::answer::No{}});
  } else if constexpr (work_of<Deed>().has_value()) {
    hands_.observed.work_ended({.work = *work_of<Deed>(), .ok = false});
  } else {
    return;
  }
  hands_.changed();
}

void Perform::leave_with(const std::string& why) {
  logs::event(logs::Level::error, "not_started", {}, why);
  logs::leave_termination_message(why);
  exit_code_ = 1;
}

bool Perform::act(const action::WriteLease& deed) {
  hands_.lease.write(deed);
  return true;
}

bool Perform::act(const action::ReadLease& deed) {
  hands_.lease.read(deed);
  return true;
}

bool Perform::act(const action::SetFence& deed) {
  process::Fence& fence = hands_.fence;
  const bool up = std::holds_alternative<core::server::Running>(hands_.observed.server().state);
  hands_.observed.fence_is_at(deed.deadline);
  if (fence.armed() && !fence.passed()) {
    if (fence.move(deed.deadline)) return true;
  }
  if (fence.passed() && up) {
    // It is being killed; nothing may begin on that server any more.
    logs::event(logs::Level::warning, "fence_passed", {},
                "the deadline had passed before it could be moved");
    return false;
  }
  fence.arm(deed.deadline);
  return true;
}

bool Perform::act(const action::DisarmFence&) {
  const auto left = hands_.fence.servers();
  if (!left || !left->empty()) {
    logs::event(logs::Level::error, "fence_not_disarmed", {},
                left ? "a process of the server is left" : left.error());
    return false;
  }
  hands_.fence.disarm();
  return true;
}

bool Perform::act(const action::ReplaceFence&) {
  const auto started = hands_.fence.restart();
  if (started) {
    logs::event(logs::Level::warning, "fence_replaced", {},
                "its process did not beat; another one stands in its place");
  } else {
    logs::event(logs::Level::error, "fence_not_replaced", {}, started.error());
  }
  return started.has_value();
}

bool Perform::act(const action::MarkStandby&) {
  return done("standby_signal",
              postgres::set_standby_signal(hands_.context.settings.official.pgdata, true));
}

bool Perform::start(core::Role role, const std::optional<core::PodName>& follow) {
  // A number that was reserved for a promotion which did not happen keeps a standby from starting.
  const auto& position = hands_.copy.facts().position;
  if (position &&
      !done("timeline_history",
            postgres::drop_reserved(hands_.context.settings.official.pgdata, position->timeline))) {
    return false;
  }
  const Outcome<> started = hands_.server.start(role, ordinal_of(follow));
  if (!started) {
    logs::event(logs::Level::error, "server_not_started", {}, started.error().message);
    return false;
  }
  hands_.observed.server().follows = follow;
  hands_.observed.server().streams = false;
  return true;
}

bool Perform::act(const action::StartStandby& deed) {
  return start(core::Role::standby, deed.follow);
}

bool Perform::act(const action::StartPrimary&) {
  return start(core::Role::primary, std::nullopt);
}

bool Perform::act(const action::Promote& deed) {
  const auto& position = hands_.copy.facts().position;
  if (!position) return false;
  hands_.works.begin(
      Work::promote, [hands = hands_, deed, known = position->timeline](LongRun& run) {
        return promote_here(run, hands,
                            {.known = known, .wanted = deed.timeline, .deadline = deed.deadline});
      });
  return true;
}

bool Perform::act(const action::StopServer& deed) {
  switch (deed.how) {
    case core::action::Shutdown::fast: hands_.server.signal(SIGINT); break;
    case core::action::Shutdown::immediate: hands_.server.signal(SIGQUIT); break;
    case core::action::Shutdown::kill: hands_.server.signal(SIGKILL); break;
  }
  return true;
}

bool Perform::act(const action::Checkpoint& deed) {
  hands_.works.begin(Work::checkpoint, [&context = hands_.context, deed](LongRun&) {
    return checkpoint(context, deed.deadline - now());
  });
  return true;
}

bool Perform::act(const action::Follow& deed) {
  const auto source = ordinal_of(deed.pod);
  if (!source) {
    logs::event(logs::Level::error, "follow", {{"pod", deed.pod.text}}, "is no member's name");
    return false;
  }
  if (!done("follow", hands_.server.follow(*source))) return false;
  hands_.observed.server().follows = deed.pod;
  hands_.observed.server().streams = false;
  return true;
}

bool Perform::act(const action::Ask& deed) {
  hands_.members.ask(deed);
  return true;
}

bool Perform::act(const action::Answer& deed) {
  hands_.members.answer(deed);
  return true;
}

bool Perform::act(const action::Withdraw& deed) {
  return hands_.copy.withdraw(deed.withdrawal).has_value();
}

bool Perform::act(const action::ClearWithdrawal&) {
  return hands_.copy.clear_withdrawal().has_value();
}

bool Perform::act(const action::Remember& deed) {
  return hands_.copy.remember(deed.transitions, deed.claimed).has_value();
}

bool Perform::act(const action::Bootstrap&) {
  hands_.works.begin(Work::bootstrap, [&context = hands_.context](LongRun& run) {
    return bootstrap_here(run, context);
  });
  return true;
}

bool Perform::act(const action::FinishBootstrap&) {
  const bool finished = done("bootstrap_marker", finish_bootstrap(hands_.context)) &&
                        done("volume", hands_.copy.look());
  if (finished) hands_.changed();
  return finished;
}

bool Perform::act(const action::Rewind& deed) {
  const auto source = ordinal_of(deed.from);
  if (!source) return false;
  hands_.works.begin(Work::rewind,
                     [hands = hands_, source = *source, gives_up = deed.gives_up](LongRun& run) {
                       return rewind_here(run, hands, source, gives_up);
                     });
  return true;
}

bool Perform::act(const action::Clone& deed) {
  const auto source = ordinal_of(deed.from);
  if (!source) return false;
  hands_.works.begin(Work::clone,
                     [hands = hands_, source = *source, gives_up = deed.gives_up](LongRun& run) {
                       return clone_here(run, hands, source, gives_up);
                     });
  return true;
}

bool Perform::act(const action::SetLabel& deed) {
  const core::PodName self = hands_.context.settings.cluster.identity->pod();
  if (deed.pod == self && deed.label != action::Label::primary) hands_.labels.forget_others(self);
  hands_.labels.set(deed);
  return true;
}

bool Perform::act(const action::RefuseCommand& deed) {
  logs::event(logs::Level::warning, "command_refused", {}, deed.why);
  hands_.events.refused(deed.why);
  refusal_ = deed.why;
  return true;
}

bool Perform::act(const action::Exit&) {
  hands_.works.stop();
  exit_code_ = exit_status(hands_);
  return true;
}

}  // namespace runtime::elected
