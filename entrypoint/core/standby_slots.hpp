#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/lsn.hpp"

/// What a standby does with the replication slots that it keeps for the other members. Pure.
/// Without them a new primary has removed WAL that another standby still needs, and that one is
/// cloned anew.
namespace core::standby_slots {

/// A slot as the standby's server shows it.
struct Held {
  std::string slot;
  std::optional<Lsn> keeps_from;  ///< nothing: it was lost, or never kept any WAL
  bool in_use = false;            ///< somebody streams from this standby by it
  bool holds_xmin = false;        ///< since this server was the primary
};

/// A member that is to have one.
struct Wanted {
  std::string slot;
  /// Up to here it has all WAL of the primary that both of us follow. Nothing: it does not stream
  /// from there now, or did not say.
  std::optional<Lsn> has;
};

enum class Deed : std::uint8_t {
  create,     ///< from this server's own `redo` on: it can have no older WAL
  advance,    ///< to `to`
  make_anew,  ///< the same as create, in the place of one that is lost or holds an xmin
};

struct Step {
  Deed deed = Deed::create;
  std::string slot;
  Lsn to = {};
  bool operator==(const Step&) const = default;
};

/// Less than this is not worth a statement: WAL goes by whole segments (16 MB unless initdb was
/// told otherwise).
inline constexpr std::uint64_t worth_advancing = std::uint64_t{16} << 20U;

/// `redo`: where this server's own recovery would begin, older WAL it does not need itself. No slot
/// is advanced beyond: up to there keeping costs nothing, and a member that has to be rewound after
/// a failover goes back to a checkpoint.
[[nodiscard]] std::vector<Step> steps(const std::vector<Held>& held,
                                      const std::vector<Wanted>& wanted, Lsn redo);

}  // namespace core::standby_slots
