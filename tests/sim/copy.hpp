#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/elected/facts.hpp"

namespace sim {

/// A stretch of WAL. `branch` is the simulation's own name for it, which PostgreSQL does not know:
/// two promotions to one timeline number are two branches.
struct Piece {
  std::uint32_t timeline = 0;
  std::uint64_t begin = 0;
  std::uint32_t branch = 0;
};

/// A copy of the data: which WAL it has.
struct Copy {
  std::uint64_t system = 0;
  std::vector<Piece> lineage;
  std::uint64_t end = 0;

  [[nodiscard]] std::uint32_t timeline() const { return lineage.back().timeline; }
  [[nodiscard]] std::uint32_t branch() const { return lineage.back().branch; }
  [[nodiscard]] core::elected::Position position() const;
  [[nodiscard]] std::vector<core::elected::Fork> history() const;
  /// Up to where this copy and `other` have the same WAL.
  [[nodiscard]] std::uint64_t common(const Copy& other) const;
  /// Whether PostgreSQL lets this copy stream from `upstream`: by timeline numbers alone.
  [[nodiscard]] bool may_stream_from(const Copy& upstream) const;
  /// Has `upstream`'s WAL up to `to`, as far as that is ahead.
  void receive(const Copy& upstream, std::uint64_t to);
};

enum class Content : std::uint8_t { empty, unfinished, cluster };

/// A volume: what survives its pod.
struct Disk {
  Content content = Content::empty;
  Copy copy;
  core::elected::Position checkpoint{};  ///< what pg_control says after a crash
  bool marked_unfinished = false;  ///< initdb ended, the system identifier is not recorded yet
  bool standby_signal = false;
  core::directory::State state = core::directory::State::shut_down;
  std::optional<core::elected::DataId> data_id;
  std::uint32_t transitions = 0;
  std::uint32_t claimed = 0;
  std::optional<core::elected::Withdrawal> withdrawn;
};

}  // namespace sim
