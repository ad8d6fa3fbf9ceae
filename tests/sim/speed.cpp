#include "speed.hpp"

#include <algorithm>
#include <iomanip>
#include <iostream>

#include "world.hpp"

namespace sim {

using namespace std::chrono_literals;

/// One cluster without faults, and three changes of it: how long nobody accepted writes.
void World::measure(Speed& speed) {
  quiet_ = measured_ = true;
  const auto run_for = [this](Duration how_long) {
    const Instant end = now_ + how_long;
    while (queue_.step(end, now_)) {
    }
    now_ = end;
  };
  const auto opened_after = [this, &run_for](Duration how_long) {
    const Instant began = now_;
    opened_.reset();
    run_for(how_long);
    return opened_ ? std::optional(*opened_ - began) : std::nullopt;
  };
  const auto add = [](std::vector<Duration>& to, std::optional<Duration> took) {
    if (took) to.push_back(*took);
  };
  for (const int number : route_)
    restart_later(number, 0ms);
  add(speed.first_write, opened_after(90s));

  inject(Fault::stop_asked, last_writer_);
  add(speed.hand_over, opened_after(60s));
  run_for(60s);

  inject(Fault::server_crash, last_writer_);
  add(speed.restart, opened_after(60s));
  run_for(60s);

  const Duration lease = at(last_writer_).settings.timing.duration;
  end_process(last_writer_);
  restart_later(last_writer_, 80s);
  if (const auto took = opened_after(60s)) speed.lost.push_back(*took - lease);
}

namespace {

void print(std::string_view what, std::vector<Duration> took) {
  std::ranges::sort(took);
  const auto share = [&](std::size_t percent) {
    const auto at = took.empty() ? Duration{} : took[(took.size() - 1) * percent / 100];
    return std::chrono::duration_cast<std::chrono::milliseconds>(at).count();
  };
  std::cout << std::setw(6) << took.size() << std::setw(8) << share(0) << std::setw(8) << share(50)
            << std::setw(8) << share(95) << std::setw(8) << share(100) << "  " << what << "\n";
}

}  // namespace

void print_speed(std::uint64_t first, std::uint64_t seeds) {
  Speed speed;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed)
    World(seed, false).measure(speed);
  std::cout << "virtual milliseconds, without PostgreSQL's own time (checkpoint, stop, start, "
               "promotion)\n"
               "trials     min  median     95%     max\n";
  print("empty volumes to the first write", speed.first_write);
  print("SIGTERM of the primary to its successor's opening", speed.hand_over);
  print("postmaster killed to accepting writes again", speed.restart);
  print("lease ran out, its holder is lost, to the opening", speed.lost);
}

}  // namespace sim
