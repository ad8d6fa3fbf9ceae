#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/directory.hpp"
#include "postgres/conf_text.hpp"

/// What a hot standby needs at least as much of as its primary has: below it, a start fails
/// (`recovery aborted because of insufficient parameter settings`), and a standby that runs stops
/// replaying. So its values are raised to what pg_control says of the primary's.
namespace postgres {

struct Capacity {
  std::string_view name;
  std::uint32_t unset;  ///< what PostgreSQL takes where nobody set it
};
/// In the order of core::directory::Capacities.
inline constexpr std::array<Capacity, 5> capacities{{{"max_connections", 100},
                                                     {"max_worker_processes", 8},
                                                     {"max_wal_senders", 10},
                                                     {"max_prepared_transactions", 0},
                                                     {"max_locks_per_transaction", 64}}};

/// A parameter's value; what is no plain number counts as 0, so that it is replaced by one that
/// suffices. Empty: it is not set.
[[nodiscard]] std::uint32_t capacity(std::string_view text, const Capacity& of);

/// What a server has with these sources, the strongest first.
[[nodiscard]] core::directory::Capacities capacities_of(const std::vector<Parameters>& sources);

/// `max_connections 100, needed 150`, of each that `has` is below; empty: none.
[[nodiscard]] std::string shortfall(const core::directory::Capacities& has,
                                    const core::directory::Capacities& needed);
/// `max_connections 150, configured 100`, of each that `has` is above.
[[nodiscard]] std::string surplus(const core::directory::Capacities& has,
                                  const core::directory::Capacities& configured);

}  // namespace postgres
