#include "world.hpp"

namespace sim {

using namespace std::chrono_literals;
namespace action = elected::action;
using elected::Work;

void World::act(Pod& pod, const action::SetFence& deed) {
  pod.fence = deed.deadline;
  queue_.at(real(pod, deed.deadline), [this, number = pod.number] { check_fence(number); });
}

void World::act(Pod& pod, const action::DisarmFence&) {
  if (pod.postgres.up) broken(pod, "R12: the fence is disarmed while a server runs");
  if (!pod.disk.standby_signal && pod.disk.content == Content::cluster) {
    broken(pod, "R12: the fence is disarmed before standby.signal is on the disk");
  }
  pod.fence.reset();
}

void World::act(Pod& pod, const action::ReplaceFence&) {
  if (chance_.one_in(8)) return;  // it cannot be started; it is tried again
  after(chance_.milliseconds(20, 300), [this, number = pod.number, life = pod.life] {
    Pod& then = at(number);
    if (then.life != life) return;
    then.fence_frozen = false;
    check_fence(number);
    decide_soon(number);
  });
}

void World::act(Pod& pod, const action::MarkStandby&) {
  deed_failed_ = happens(Fault::disk_refuses);
  if (deed_failed_) return;
  if (pod.disk.content == Content::cluster) pod.disk.standby_signal = true;
}

void World::act(Pod& pod, const action::StartStandby& deed) {
  pod.disk.standby_signal = true;
  start_server(pod, core::Role::standby, deed.follow ? deed.follow->text[3] - '0' : -1);
}

void World::act(Pod& pod, const action::StartPrimary&) {
  check_start(pod);
  ++counts_.direct_starts;
  if (pod.disk.marked_unfinished) broken(pod, "S7: an unfinished data directory is served");
  pod.disk.standby_signal = false;
  start_server(pod, core::Role::primary, -1);
}

void World::act(Pod& pod, const action::Promote& deed) {
  check_start(pod);
  const std::uint32_t life = pod.postgres.life;
  after(takes(50, chance_.one_in(10) ? 8000 : 600),
        [this, number = pod.number, life, deed] { promoted(number, life, deed); });
}

void World::act(Pod& pod, const action::StopServer& deed) {
  check_stop(pod);
  if (!pod.postgres.up) return;
  Postgres& postgres = pod.postgres;
  const bool fast = deed.how == core::action::Shutdown::fast;
  const bool slow = fast && happens(Fault::slow_stop);
  postgres.stopping = true;
  const bool well = fast && postgres.phase != core::ServerPhase::starting;
  if (traced_) tell(pod, fast ? "stops its server, fast" : "stops its server, immediately");
  const Duration takes =
      slow ? chance_.milliseconds(3000, 15'000) : this->takes(fast ? 100 : 20, fast ? 500 : 100);
  after(takes, [this, number = pod.number, life = postgres.life, well] {
    Pod& then = at(number);
    if (then.postgres.life != life || !then.postgres.up) return;
    end_server(then, well);
  });
}

void World::act(Pod& pod, const action::Checkpoint&) {
  begin_work(pod, Work::checkpoint, takes(20, chance_.one_in(20) ? 9000 : 500),
             [] { return true; });
}

void World::act(Pod& pod, const action::Follow& deed) {
  pod.postgres.follows = deed.pod.text[3] - '0';
  pod.postgres.streams = false;
}

void World::act(Pod& pod, const action::Withdraw& deed) {
  deed_failed_ = happens(Fault::disk_refuses);
  if (deed_failed_) return;
  pod.disk.withdrawn = deed.withdrawal;
}

void World::act(Pod& pod, const action::ClearWithdrawal&) {
  pod.disk.withdrawn.reset();
}

void World::act(Pod& pod, const action::Remember& deed) {
  if (happens(Fault::disk_refuses)) return;
  pod.disk.transitions = std::max(pod.disk.transitions, deed.transitions);
  pod.disk.claimed = std::max(pod.disk.claimed, deed.claimed.number);
}

void World::act(Pod& pod, const action::Bootstrap&) {
  if (store_.ever_initialised()) broken(pod, "S4: initdb although the cluster was initialised");
  if (pod.disk.content == Content::cluster)
    broken(pod, "S4: initdb although the volume holds a cluster");
  ++counts_.initdbs;
  pod.disk.content = Content::unfinished;
  const int number = pod.number;
  begin_work(pod, Work::bootstrap, chance_.milliseconds(500, 3000), [this, number] {
    if (happens(Fault::initdb_fails)) return false;
    Pod& then = at(number);
    then.disk = Disk{.content = Content::cluster,
                     .copy = {.system = chance_.next(),
                              .lineage = {{.timeline = 1, .begin = 0, .branch = ++last_branch_}},
                              .end = 1},
                     .checkpoint = {},
                     .marked_unfinished = true,
                     .standby_signal = false,
                     .state = core::directory::State::shut_down,
                     .data_id = elected::DataId{chance_.next() | 1},
                     .transitions = then.disk.transitions,
                     .claimed = then.disk.claimed,
                     .withdrawn = {}};
    checkpoint(then);
    return true;
  });
}

void World::act(Pod& pod, const action::FinishBootstrap&) {
  deed_failed_ = happens(Fault::disk_refuses);
  if (deed_failed_ || !pod.disk.marked_unfinished) return;
  pod.disk.marked_unfinished = false;
  decide_soon(pod.number, chance_.milliseconds(1, 20));
}

void World::begin_work(Pod& pod, Work work, Duration takes, std::function<bool()> works) {
  if (pod.work) broken(pod, "two long actions at once");
  pod.work = work;
  after(takes, [this, number = pod.number, life = pod.life, begun = ++pod.work_life, work,
                works = std::move(works)] {
    if (at(number).life == life && at(number).work_life == begun)
      work_ends(number, life, work, works());
  });
}

void World::work_ends(int number, std::uint32_t life, Work work, bool ok) {
  Pod& pod = at(number);
  if (pod.life != life) return;
  pod.work.reset();
  pod.facts.finished = elected::WorkEnded{.work = work, .ok = ok};
  if (traced_)
    tell(pod, std::string("work ") + std::to_string(static_cast<int>(work)) +
                  (ok ? " done" : " failed"));
  decide_soon(number);
}

void World::act(Pod& pod, const action::Rewind& deed) {
  ++counts_.rewinds;
  rejoin(pod, deed.from.text, Work::rewind, deed.gives_up);
}

void World::act(Pod& pod, const action::Clone& deed) {
  ++counts_.clones;
  rejoin(pod, deed.from.text, Work::clone, deed.gives_up);
}

void World::rejoin(Pod& pod, const std::string& from, Work work, std::uint64_t gives_up) {
  check_rejoin(pod, from);
  counts_.given_up_bytes += gives_up;
  if (pod.postgres.up) end_server(pod, true);
  pod.postgres = Postgres{.life = pod.postgres.life + 1};
  pod.disk.data_id.reset();
  pod.disk.marked_unfinished = false;
  if (work == Work::clone) pod.disk.content = Content::unfinished;
  const int number = pod.number;
  begin_work(pod, work, chance_.milliseconds(500, 6000), [this, number, from] {
    Pod& then = at(number);
    Pod& source = at(routed(from));
    progress(source);
    const bool there = source.alive && source.postgres.up && reaches(then, source) &&
                       reaches(source, then) && source.disk.content == Content::cluster;
    if (!there || happens(Fault::rejoin_fails)) {
      then.disk.content = Content::unfinished;
      return false;
    }
    then.disk.content = Content::cluster;
    then.disk.copy = source.disk.copy;
    then.disk.standby_signal = true;
    then.disk.state = core::directory::State::shut_down_in_recovery;
    then.disk.data_id = elected::DataId{chance_.next() | 1};
    then.disk.withdrawn.reset();
    checkpoint(then);
    return true;
  });
}

void World::act(Pod&, const action::SetLabel&) {}

void World::act(Pod& pod, const action::RefuseCommand& deed) {
  if (traced_) tell(pod, "refuses: " + deed.why);
}

void World::act(Pod& pod, const core::action::AnswerOrder& deed) {
  if (traced_) tell(pod, (deed.done ? "has done: " : "refuses: ") + deed.text);
}

void World::act(Pod& pod, const action::Exit&) {
  const int number = pod.number;
  if (pod.postgres.up) broken(pod, "leaves while its server runs");
  end_process(number);
  restart_later(number, chance_.milliseconds(500, 8000));
}

}  // namespace sim
