#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/elected/record.hpp"

namespace core::elected {

/// A Lease as the API shows it, the parts that decisions need: spec fields with client-go's
/// meaning, and the annotations. acquireTime and renewTime are wall-clock times for people: the
/// adapter writes them, nobody reads them.
struct LeaseFields {
  std::optional<std::string> holder_identity{};  ///< nothing or empty: released
  std::optional<std::int64_t> lease_duration_seconds{};
  std::optional<std::int64_t> lease_transitions{};
  std::map<std::string, std::string> annotations{};
  bool operator==(const LeaseFields&) const = default;
};

/// One field that could not be read, for the log.
struct Garbage {
  std::string field{};     ///< `pgordinal.io/candidates`
  std::string found{};     ///< what is there, shortened
  std::string expected{};  ///< what belongs there
  bool operator==(const Garbage&) const = default;
};

struct ReadRecord {
  Record record{};  ///< all that could be read; `damaged` where something could not
  std::vector<Garbage> garbage{};
};

/// Pods of a StatefulSet that a record can list: bounds its size.
inline constexpr std::size_t most_candidates = 64;
inline constexpr std::string_view annotation_prefix = "pgordinal.io/";

[[nodiscard]] LeaseFields to_fields(const Record& record);
[[nodiscard]] ReadRecord read_record(const LeaseFields& fields);

}  // namespace core::elected
