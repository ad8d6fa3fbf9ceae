#pragma once

#include <optional>
#include <vector>

#include "core/elected/action.hpp"

namespace sim {

/// The API server with its one Lease: compare-and-swap on resourceVersion and uid.
class Store {
 public:
  struct Object {
    core::elected::Sighting sighting;
    core::Instant applied;  ///< true time
  };
  struct Applied {
    bool ok = false;
    std::optional<Object> before;
  };

  Applied apply(const core::elected::action::WriteLease& write, core::Instant now);
  void remove() { object_.reset(); }
  /// Brings a record back as a new state of the object.
  void restore(const core::elected::Record& record, core::Instant now);

  [[nodiscard]] const std::optional<Object>& object() const { return object_; }
  /// What a cache may still show: the last states, oldest first.
  [[nodiscard]] const std::vector<core::elected::Sighting>& past() const { return past_; }
  [[nodiscard]] bool ever_initialised() const { return initialised_; }

 private:
  void put(const core::elected::Record& record, bool anew, core::Instant now);

  std::optional<Object> object_;
  std::vector<core::elected::Sighting> past_;
  std::uint64_t version_ = 0;
  std::uint64_t uid_ = 0;
  bool initialised_ = false;
};

}  // namespace sim
