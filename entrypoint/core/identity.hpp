#pragma once

#include <compare>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace core {

/// A pod's name, `NAME-N`: also its host name, its `application_name` and (see slot_name) its
/// replication slot.
struct PodName {
  std::string text;
  auto operator<=>(const PodName&) const = default;
};

/// The pod's number in its StatefulSet.
struct Ordinal {
  std::uint32_t number = 0;
  auto operator<=>(const Ordinal&) const = default;
};

/// Which pod of which StatefulSet this is, and how its peers are called.
struct Identity {
  std::string statefulset;  ///< `postgresql-sfs` of `postgresql-sfs-2`
  Ordinal ordinal;
  std::string domain;  ///< `pgnodes.ns.svc.cluster.local`, or empty where bare names resolve

  [[nodiscard]] PodName pod() const { return peer(ordinal); }
  [[nodiscard]] PodName peer(Ordinal which) const;
  /// The name to look up: `NAME-N.domain`, or `NAME-N` without a domain.
  [[nodiscard]] std::string address(Ordinal which) const;
  [[nodiscard]] std::string address() const { return address(ordinal); }
  bool operator==(const Identity&) const = default;
};

/// The two halves of a StatefulSet pod's name: `NAME-N`, N decimal without leading zeros
/// (StatefulSet pod names, kubernetes.io "Ordinal Index"). NAME may itself end in digits or hold
/// dots. Nothing where the text is not of that form.
struct PodNameParts {
  std::string statefulset;
  Ordinal ordinal;
};
[[nodiscard]] std::optional<PodNameParts> split_pod_name(std::string_view name);

/// The replication slot of a member: the pod's name in the alphabet of slot names (lower-case
/// letters, digits and underscore, at most 63 bytes; PostgreSQL, "Replication Slots"),
/// `postgresql_sfs_1`. A name that is too long keeps its end, which holds the ordinal, behind a
/// hash of the whole.
[[nodiscard]] std::string slot_name(const PodName& pod);

}  // namespace core
