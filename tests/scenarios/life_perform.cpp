#include "given.hpp"
#include "life.hpp"

// The model of runtime: what an action does to the volume and the facts, and when.
namespace scenarios {
namespace {

constexpr Duration answer_delay = 2ms;

}  // namespace

void Life::perform(const core::Action& action) {
  std::visit([this](const auto& deed) { act(deed); }, action);
}

directory::Cluster* Life::cluster() {
  return std::get_if<directory::Cluster>(&volume_);
}

void Life::begin(LongKind kind, std::function<void()> works) {
  auto& scripted = courses_[kind];
  Course course;
  if (!scripted.empty()) {
    course = scripted.front();
    scripted.erase(scripted.begin());
  }
  long_action_ = {kind, course};
  after(course.takes, [this, kind, course, works = std::move(works), number = ++long_actions_] {
    if (!long_action_ || number != long_actions_) return;
    if (course.ok) works();
    end_long_action(kind, course, course.ok);
  });
}

void Life::end_long_action(LongKind kind, const Course& course, bool ok) {
  long_action_.reset();
  look();
  facts_.finished = core::LongResult{.kind = kind,
                                     .ok = ok,
                                     .exit_code = ok ? 0 : course.exit_code,
                                     .message = ok ? "" : course.message};
}

void Life::act(const action::DiscardUnfinished&) {
  begin(LongKind::discard, [this] { volume_ = directory::Empty{}; });
}

void Life::act(const action::Bootstrap&) {
  volume_ = directory::Unfinished{.kind = directory::Bootstrap::initdb};
  begin(LongKind::bootstrap, [this] { volume_ = scenarios::cluster(); });
}

void Life::act(const action::Adopt&) {
  begin(LongKind::adopt, [this] { cluster()->session_key = true; });
}

void Life::act(const action::Clone& deed) {
  if (!deed.in_place) volume_ = directory::Unfinished{.kind = directory::Bootstrap::clone};
  directory::Cluster copy = deed.then_promote ? cluster_to_promote() : standby_cluster();
  copy.control.state = directory::State::in_production;
  const peer::Answer source = answer_of(deed.source, facts_.now);
  if (const auto* it = std::get_if<peer::Serves>(&source)) copy.control.system_id = it->system_id;
  begin(LongKind::clone, [this, copy] { volume_ = copy; });
}

void Life::act(const action::AskPeers& deed) {
  for (const Ordinal whom : deed.whom)
    ask(whom, deed.deadline);
}

void Life::act(const action::EnsureSlot& deed) {
  ask(deed.primary, deed.deadline);
}

peer::Answer Life::answer_of(Ordinal whom, Instant when) const {
  const auto scripted = peers_.find(whom);
  if (scripted == peers_.end()) return Silence::unresolved;
  const auto next = scripted->second.upper_bound(when);
  return next == scripted->second.begin() ? peer::Answer{Silence::unresolved}
                                          : std::prev(next)->second;
}

void Life::ask(Ordinal whom, Instant deadline) {
  const peer::Answer now = answer_of(whom, facts_.now);
  const bool silent = now == peer::Answer{Silence::unreachable};
  after(silent ? deadline - facts_.now : answer_delay, [this, whom] {
    facts_.peers.insert_or_assign(
        whom, core::Seen<peer::Answer>{.value = answer_of(whom, facts_.now), .at = facts_.now});
  });
}

void Life::act(const action::StartServer& deed) {
  facts_.server =
      server::Running{.role = deed.role, .phase = ServerPhase::starting, .since = facts_.now};
  cluster()->standby_signal = deed.role == Role::standby;
  cluster()->control.state = deed.role == Role::primary ? directory::State::in_production
                                                        : directory::State::in_archive_recovery;
  due_ = true;
  const bool warm = deed.role == Role::standby && !settings_.replication.hot_standby;
  after(server_course_.starts, [this, warm] {
    if (server_course_.fails) {
      server_ends(*server_course_.fails, {});
    } else {
      server_phase(warm ? ServerPhase::standby : ServerPhase::ready);
    }
  });
}

void Life::server_phase(ServerPhase phase) {
  auto* running = std::get_if<server::Running>(&facts_.server);
  if (running != nullptr && running->phase != ServerPhase::stopping) running->phase = phase;
}

void Life::server_ends(core::ExitStatus status, std::optional<directory::State> says) {
  if (!std::holds_alternative<server::Running>(facts_.server)) return;
  if (says) cluster()->control.state = *says;
  facts_.server = server::Ended{.status = status};
  look();
}

void Life::act(const action::Promote&) {
  begin(LongKind::promote, [this] {
    cluster()->promote_pending = cluster()->standby_signal = false;
    cluster()->control.state = directory::State::in_production;
    if (auto* running = std::get_if<server::Running>(&facts_.server)) running->role = Role::primary;
  });
}

void Life::act(const action::StopServer& deed) {
  const auto& running = std::get<server::Running>(facts_.server);
  const auto clean = running.role == Role::primary ? directory::State::shut_down
                                                   : directory::State::shut_down_in_recovery;
  server_phase(ServerPhase::stopping);
  switch (deed.how) {
    case Shutdown::fast:
      if (!server_course_.fast) return;
      return after(*server_course_.fast, [this, clean] { server_ends(exit_code(0), clean); });
    case Shutdown::immediate:
      if (!server_course_.immediate) return;
      return after(*server_course_.immediate, [this] { server_ends(exit_code(0), {}); });
    case Shutdown::kill: return after(1ms, [this] { server_ends(killed_by(SIGKILL), {}); });
  }
}

void Life::act(const action::StopLongAction& deed) {
  if (!long_action_) return;
  const Course& course = long_action_->second;
  const bool ends =
      course.ends == Course::Ends::by_term || (course.ends == Course::Ends::by_kill && deed.kill);
  if (!ends) return;
  after(10ms, [this, number = long_actions_] {
    if (!long_action_ || number != long_actions_) return;
    const auto [kind, how] = *long_action_;
    end_long_action(kind, how, false);
  });
}

void Life::act(const action::Reload&) {}

void Life::act(const action::MaintainSlots&) {}

void Life::act(const action::AssertPasswords&) {
  after(answer_delay,
        [this] { facts_.passwords_hold = core::Seen<bool>{.value = true, .at = facts_.now}; });
}

void Life::act(const action::ReleaseReserve&) {
  core::WalRoom& room = *facts_.wal_room;
  room.available += room.reserve.value_or(0);
  room.reserve = 0;
}

void Life::act(const action::MakeReserve& deed) {
  core::WalRoom& room = *facts_.wal_room;
  room.available -= deed.bytes;
  room.reserve = deed.bytes;
}

void Life::act(const action::Exit& deed) {
  exit_ = deed;
}

}  // namespace scenarios
