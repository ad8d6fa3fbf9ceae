#include <algorithm>

#include "world.hpp"

namespace sim {

using namespace std::chrono_literals;

namespace {

constexpr std::array names = {
    std::string_view{"write lost"},
    std::string_view{"write delayed"},
    std::string_view{"write duplicated"},
    std::string_view{"answer lost"},
    std::string_view{"answer delayed"},
    std::string_view{"message of a pod delayed"},
    std::string_view{"stale read"},
    std::string_view{"watch event lost"},
    std::string_view{"API down"},
    std::string_view{"API hangs"},
    std::string_view{"writes refused"},
    std::string_view{"cut off to the API"},
    std::string_view{"cut off from the API"},
    std::string_view{"pods cut off"},
    std::string_view{"pods cut off, one way"},
    std::string_view{"PID 1 killed"},
    std::string_view{"pod deleted by force"},
    std::string_view{"volume lost"},
    std::string_view{"pod replaced, the old one lives"},
    std::string_view{"PID 1 frozen"},
    std::string_view{"fence frozen"},
    std::string_view{"all frozen"},
    std::string_view{"server crashed"},
    std::string_view{"server hangs"},
    std::string_view{"promotion failed"},
    std::string_view{"start failed"},
    std::string_view{"initdb failed"},
    std::string_view{"rewind or clone failed"},
    std::string_view{"standby lags"},
    std::string_view{"stop asked"},
    std::string_view{"order given"},
    std::string_view{"Lease deleted"},
    std::string_view{"Lease restored"},
    std::string_view{"wall clock set"},
    std::string_view{"slow stop"},
    std::string_view{"disk refuses a small file"},
    std::string_view{"power cut of all"},
    std::string_view{"ambush"},
    std::string_view{"storm"},
    std::string_view{"pause or resume asked"},
};
static_assert(names.size() == static_cast<std::size_t>(Fault::count_), "one name for each fault");

constexpr std::array of_messages = {
    Fault::write_lost,      Fault::write_delayed, Fault::write_duplicated, Fault::answer_lost,
    Fault::answer_delayed,  Fault::peer_delayed,  Fault::stale_read,       Fault::watch_lost,
    Fault::promotion_fails, Fault::start_fails,   Fault::initdb_fails,     Fault::rejoin_fails,
    Fault::slow_stop,       Fault::disk_refuses};

bool is_of_messages(Fault fault) {
  return std::ranges::find(of_messages, fault) != of_messages.end();
}

}  // namespace

std::string_view to_text(Fault fault) {
  return names.at(static_cast<std::size_t>(fault));
}

/// Each seed has some kinds of faults and not others: rare combinations become likely.
void World::plan_faults(Instant until) {
  swarm_ = chance_.next() & (chance_.one_in(3) ? ~std::uint64_t{0} : chance_.next());
  if (chance_.one_in(2)) swarm_ &= ~(std::uint64_t{1} << 62);
  const auto drop = [&](Fault fault) {
    swarm_ &= ~(std::uint64_t{1} << static_cast<unsigned>(fault));
  };
  const auto has = [&](Fault fault) { return (swarm_ >> static_cast<unsigned>(fault) & 1) != 0; };
  // A person who deletes the Lease while volumes are lost can make a second cluster.
  if (has(Fault::lease_deleted) || has(Fault::lease_restored)) {
    drop(Fault::volume_lost);
    drop(Fault::pod_replaced);
  }
  // Restoring a Lease under running pods is not supported: what R6 covers is that pods which are
  // reached take it for held. While a holder lives on promises, or is frozen, nothing covers it.
  if (has(Fault::lease_restored) && !chance_.one_in(3)) drop(Fault::lease_restored);
  if (has(Fault::lease_restored)) {
    for (const Fault fault :
         {Fault::storm, Fault::api_outage, Fault::api_hangs, Fault::writes_refused,
          Fault::mute_to_api, Fault::mute_from_api, Fault::peers_cut, Fault::peers_cut_one_way,
          Fault::write_lost, Fault::write_delayed, Fault::answer_lost, Fault::lease_deleted,
          Fault::pid1_frozen, Fault::all_frozen})
      drop(fault);
  }
  for (const Fault fault : of_messages) {
    const bool rare = fault == Fault::promotion_fails || fault == Fault::start_fails ||
                      fault == Fault::initdb_fails || fault == Fault::rejoin_fails ||
                      fault == Fault::slow_stop || fault == Fault::disk_refuses;
    if (has(fault)) weights_[static_cast<std::size_t>(fault)] = chance_.between(2, rare ? 300 : 60);
  }
  mean_gap_ms_ = chance_.between(3000, 40'000);
  Instant when = Instant{} + chance_.milliseconds(5000, 30'000);
  while (when < until) {
    Fault fault = static_cast<Fault>(chance_.below(static_cast<std::uint64_t>(Fault::count_)));
    if (has(fault) && !is_of_messages(fault)) queue_.at(when, [this, fault] { inject(fault); });
    if (chance_.one_in(6) && has(Fault::storm)) queue_.at(when, [this] { inject(Fault::storm); });
    if (has(fault)) when += chance_.milliseconds(0, 2 * mean_gap_ms_);
    if (swarm_ == 0) break;
    when += 1ms;
  }
}

}  // namespace sim
