#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "chance.hpp"
#include "fault.hpp"
#include "pod.hpp"
#include "queue.hpp"
#include "speed.hpp"
#include "store.hpp"

namespace sim {

using namespace std::chrono_literals;

namespace elected = core::elected;
using core::Duration;
using core::Instant;

[[nodiscard]] std::string name_of(int ordinal);

/// A promise that was broken: ends the run.
struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Counts {
  std::array<std::uint64_t, static_cast<std::size_t>(Fault::count_)> faults{};
  std::uint64_t decisions = 0;
  std::uint64_t writes = 0;
  std::uint64_t take_overs = 0;
  std::uint64_t promotions = 0;
  std::uint64_t direct_starts = 0;
  std::uint64_t initdbs = 0;
  std::uint64_t rewinds = 0;
  std::uint64_t clones = 0;
  std::uint64_t waits_for_a_person = 0;
  std::uint64_t failsafe_prolonged = 0;
  std::uint64_t given_up_bytes = 0;
  void add(const Counts& other);
};

/// One simulated cluster: pods, their volumes and servers, the API server, the network between, all
/// in virtual time from one seed. Every decision is made by the product's own
/// core::elected::decide.
class World {
 public:
  World(std::uint64_t seed, bool traced);

  /// Runs `length` of virtual time: faults, then a quiet time, then the promises of liveness.
  /// Throws Broken.
  void run(Duration length);

  /// Speed alone, without faults. Instead of run().
  void measure(Speed& speed);

  [[nodiscard]] const Counts& counts() const { return counts_; }
  [[nodiscard]] const std::deque<std::string>& trace() const { return trace_; }
  [[nodiscard]] Instant now() const { return now_; }

 private:
  // world.cpp: pods' processes
  Pod& make_pod(int ordinal);
  void start_process(int number);
  void end_process(int number);
  void restart_later(int number, Duration after);
  [[nodiscard]] Instant local(const Pod& pod) const;
  [[nodiscard]] Instant real(const Pod& pod, Instant local) const;
  void decide_soon(int number, Duration after = Duration::zero());
  void decide(int number);
  void observe(Pod& pod);
  void observe_standbys(Pod& pod);
  void not_performed(Pod& pod, const elected::action::Any& deed);
  void perform_all(int number, const std::vector<elected::action::Any>& actions);
  void tell(const Pod& pod, const std::string& what);  ///< where `traced_` only
  /// PostgreSQL's own time. Where speed is measured it is none: what is left is ours.
  [[nodiscard]] Duration takes(int low, int high) {
    return measured_ ? Duration{1ms} : chance_.milliseconds(low, high);
  }
  void after(Duration delay, std::function<void()> happens) {
    queue_.at(now_ + delay, std::move(happens));
  }
  [[nodiscard]] Pod& at(int number) { return pods_[static_cast<std::size_t>(number)]; }
  [[nodiscard]] int routed(const std::string& name) const;

  // perform.cpp
  void act(Pod& pod, const elected::action::WriteLease& deed);
  void act(Pod& pod, const elected::action::ReadLease& deed);
  void act(Pod& pod, const elected::action::SetFence& deed);
  void act(Pod& pod, const elected::action::DisarmFence& deed);
  void act(Pod& pod, const elected::action::ReplaceFence& deed);
  void act(Pod& pod, const elected::action::MarkStandby& deed);
  void act(Pod& pod, const elected::action::StartStandby& deed);
  void act(Pod& pod, const elected::action::StartPrimary& deed);
  void act(Pod& pod, const elected::action::Promote& deed);
  void act(Pod& pod, const elected::action::StopServer& deed);
  void act(Pod& pod, const elected::action::Checkpoint& deed);
  void act(Pod& pod, const elected::action::Follow& deed);
  void act(Pod& pod, const elected::action::Ask& deed);
  void act(Pod& pod, const elected::action::Answer& deed);
  void act(Pod& pod, const elected::action::Withdraw& deed);
  void act(Pod& pod, const elected::action::ClearWithdrawal& deed);
  void act(Pod& pod, const elected::action::Remember& deed);
  void act(Pod& pod, const elected::action::Bootstrap& deed);
  void act(Pod& pod, const elected::action::FinishBootstrap& deed);
  void act(Pod& pod, const elected::action::Rewind& deed);
  void act(Pod& pod, const elected::action::Clone& deed);
  void act(Pod& pod, const elected::action::SetLabel& deed);
  void act(Pod& pod, const elected::action::RefuseCommand& deed);
  void act(Pod& pod, const core::action::AnswerOrder& deed);
  // Volumes here are never full: no fact leads to these.
  void act(Pod&, const core::action::ReleaseReserve&) {}
  void act(Pod&, const core::action::MakeReserve&) {}
  void act(Pod& pod, const elected::action::Exit& deed);

  // network.cpp
  [[nodiscard]] Duration latency();
  [[nodiscard]] Duration late_by();
  void freezes_behind(int number, Duration takes);
  [[nodiscard]] bool reaches_api(const Pod& pod) const;
  [[nodiscard]] bool hears_api(const Pod& pod) const;
  [[nodiscard]] bool reaches(const Pod& from, const Pod& to) const;
  struct Flight;
  /// How it was when a write was sent: its process may be gone when it is applied.
  struct Sent {
    Instant when;               ///< true time
    bool deferred = false;      ///< a better candidate was known, or looked for, and waited for
    bool heard_better = false;  ///< one that answered this very round holds more in truth
    bool resumed = false;       ///< this pod was told to go on
    bool lists = false;         ///< the list is the writer's own, not one that it took over
  };
  void apply_write(const std::shared_ptr<Flight>& flight, bool repeated);
  void end_write(const std::shared_ptr<Flight>& flight, elected::Outcome outcome,
                 std::optional<elected::Base> written);
  bool happens(Fault fault);  ///< a fault of one message, as often as this seed has it
  void show(int number, std::uint32_t life, elected::LeaseSeen seen);
  void notify_watches();
  void poll_cache(int number);

  // server.cpp
  void start_server(Pod& pod, core::Role role, int follows);
  void server_ready(int number, std::uint32_t life);
  void all_replayed(int number, std::uint32_t life);
  void end_server(Pod& pod, bool well);
  void promoted(int number, std::uint32_t life, const elected::action::Promote& deed);
  void accept_writes(Pod& pod, bool new_timeline);
  void check_fence(int number);
  void kill_by_fence(int number, std::uint32_t server_life);
  void progress(Pod& pod);
  void stream(Pod& standby);
  void look_at_stream(int number);
  void checkpoint(Pod& pod) { pod.disk.checkpoint = pod.disk.copy.position(); }
  void work_ends(int number, std::uint32_t life, elected::Work work, bool ok);
  void begin_work(Pod& pod, elected::Work work, Duration takes, std::function<bool()> works);
  void rejoin(Pod& pod, const std::string& from, elected::Work work, std::uint64_t gives_up);

  // faults.cpp
  void plan_faults(Instant until);
  void inject(Fault fault) { inject(fault, some_pod()); }
  void inject(Fault fault, int number);
  void storm(int number);
  void power_cut(std::optional<int> stays_away);
  void note(Fault fault) { ++counts_.faults.at(static_cast<std::size_t>(fault)); }
  void heal();
  void resume();

  // ambush.cpp
  void ambush(int number);
  void later_if_alive(int number, Duration delay, std::function<void(Pod&)> happens);
  void restart(Pod& pod, Duration back);
  [[nodiscard]] std::vector<int> others(int number);
  void promise_forgotten(int primary);
  void listing_unanswered(int primary);
  void take_over_on_its_way(int primary);
  void answered_late(int primary);
  void promised_late(int primary);
  void replays_long(int primary);
  void lost_before_it_lists(int primary);
  void cut_off_next_opener(int primary, Instant until);
  void release_brought_back(int primary);
  void spring_ambush(Pod& pod);
  void ambush_write(Pod& pod, const elected::Record& record);
  void ambush_renewal(Pod& pod);
  [[nodiscard]] Duration ambush_read(Pod& pod);
  [[nodiscard]] Duration ambush_answer(const Pod& asker);
  [[nodiscard]] int some_pod();
  void freeze(Pod& pod, Duration how_long, bool all);
  void thaw(int number);
  void replace_pod(Pod& pod);

  // checks.cpp
  [[noreturn]] void broken(const Pod& pod, const std::string& what);
  void check_writers();
  void check_start(const Pod& pod);
  void begin_timeline(Pod& pod, std::uint32_t number);
  void check_applied(const elected::action::WriteLease& write, const Store::Applied& applied,
                     const Pod& writer, const Sent& sent);
  void check_sent(const Pod& pod, const elected::action::WriteLease& write);
  void check_rejoin(const Pod& pod, const std::string& from);
  void check_stop(const Pod& pod);
  void check_stream(const Pod& standby, const Pod& upstream);
  void check_list(const elected::Record& before, const elected::Record& next, const Pod& writer);
  [[nodiscard]] bool heard_better(const Pod& pod, const elected::action::WriteLease& deed) const;
  void check_paused(const elected::Record& before, const elected::Record& next, const Pod& writer,
                    const Sent& sent);
  void check_passed_over(const elected::Record& before, const Pod& writer, const Sent& sent);
  void check_standstill();
  [[nodiscard]] bool is_fit(const Pod& pod) const;
  void check_liveness(bool last);
  [[nodiscard]] bool somebody_may_go() const;

  Chance chance_;
  bool traced_;
  Queue queue_;
  Instant now_{};
  Store store_;
  std::deque<Pod> pods_;    ///< instances; pods that were replaced stay
  std::vector<int> route_;  ///< ordinal -> instance
  std::deque<std::string> trace_;
  Counts counts_;
  std::optional<elected::Record> backup_;
  bool backs_up_release_ = false;  ///< the next release is backed up

  std::map<std::pair<int, int>, Instant> cut_;  ///< from instance, to instance: until when
  Instant api_down_{};
  Instant api_hangs_{};
  std::uint64_t swarm_ = 0;  ///< the kinds of faults of this seed
  int mean_gap_ms_ = 10'000;
  std::optional<Instant> peers_late_;  ///< when a message between pods was delayed last
  std::array<int, static_cast<std::size_t>(Fault::count_)> weights_{};
  bool quiet_ = false;
  bool measured_ = false;

  // What is true, whatever pods believe.
  std::uint32_t last_branch_ = 0;
  std::map<std::uint32_t, std::uint32_t> used_timelines_;  ///< number -> branch
  std::optional<Copy> newest_;                             ///< of the primary that was open last
  /// Of that primary, and of those before it back to the one that wrote the list in the Lease: who
  /// is on it may lack what each of them wrote in a fence time.
  std::uint64_t newest_rate_ = 0;
  int lister_ = -1;  ///< the primary that wrote that list
  int last_writer_ = -1;
  Instant last_role_change_{};
  std::optional<Instant> opened_;  ///< the first time that a server accepted writes since asked for
  int role_changes_in_quiet_ = 0;
  int role_changes_ = 0;
  bool lease_was_touched_ = false;          ///< deleted or restored by hand
  bool lease_was_restored_ = false;         ///< numbers may be forgotten with it: not supported
  std::optional<elected::Record> removed_;  ///< what the Lease said when it was deleted
  Instant removed_at_{};
  bool data_loss_accepted_ = false;  ///< `failover --lose-data` was given
  struct Ticket {
    int asker = 0;
    std::uint32_t life = 0;
    elected::DataId to{};
    std::uint64_t round = 0;
  };
  std::map<std::uint64_t, Ticket> open_tickets_;
  std::uint64_t last_ticket_ = 0;
  bool deed_failed_ = false;  ///< the one that was performed last
};

}  // namespace sim
