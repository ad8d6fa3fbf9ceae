#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/rejoin_choice.hpp"
#include "core/time.hpp"

/// What an operator orders of this pod's own server. A fact like others: decisions judge it, carry
/// it out, and say how it ended.
namespace core {

enum class Order : std::uint8_t {
  restart,  ///< stop and start PostgreSQL, without a change of role
  reinit,   ///< a new clone in place of this standby's copy
};

struct OrderGiven {
  Order what = Order::restart;
  /// Static mode, reinit: how our copy and the primary's stand, asked for it. Nothing: the primary
  /// does not answer, or how far our copy goes cannot be told.
  std::optional<rejoin::Facts> copies{};
  bool operator==(const OrderGiven&) const = default;
};

/// An order that is being carried out.
struct Ordered {
  Order what = Order::restart;
  Instant since{};
  bool of_primary = false;  ///< elected mode: this pod held the Lease when it was given
  bool begun = false;       ///< elected mode, reinit: the clone was begun
  bool ended = false;       ///< the server was seen stopped
  std::string failure{};    ///< of the clone; empty: none
  bool operator==(const Ordered&) const = default;
};

/// Why an order is refused, in words that each mode has.
namespace refusal {
inline constexpr char stopping[] = "PostgreSQL is being stopped";
inline constexpr char other_order[] =
    "another order is still being carried out: `pgordinal status` shows how far it is";
inline constexpr char not_running[] =
    "PostgreSQL does not run in this pod now: `pgordinal status` says why";
inline constexpr char starting[] =
    "PostgreSQL is still starting: wait until it is ready, `pgordinal status` shows it";
[[nodiscard]] std::string may_be_newest(rejoin::Reason why);  ///< S5
}  // namespace refusal

namespace action {
/// What became of the order. `done` is false where it was refused or failed; the text says why and
/// what to do.
struct AnswerOrder {
  bool done = false;
  std::string text{};
  bool operator==(const AnswerOrder&) const = default;
};
}  // namespace action

}  // namespace core
