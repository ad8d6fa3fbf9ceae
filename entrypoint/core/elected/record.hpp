#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/identity.hpp"
#include "core/lsn.hpp"
#include "core/time.hpp"

/// Elected mode: the primary is the holder of one Kubernetes Lease. The rules R1 to R34 that the
/// comments name are in tests/sim/README.md, each with the tests that prove it.
namespace core::elected {

/// A running process (R4): the pod's UID and a random number of this process. A new process of the
/// same pod, and a new pod of the same name, are somebody else.
struct HolderId {
  std::string pod_uid{};
  std::uint64_t nonce = 0;
  auto operator<=>(const HolderId&) const = default;
};

/// A copy of the data (R4): a random number beside PGDATA, removed when a clone or a rewind begins
/// and made anew when it ends.
struct DataId {
  std::uint64_t number = 0;
  auto operator<=>(const DataId&) const = default;
};

/// Who may be a candidate: a pod's name together with the copy of the data that it had when it was
/// listed. Never the name alone.
struct Member {
  PodName pod{};
  DataId data{};
  auto operator<=>(const Member&) const = default;
};

/// Which write made this record (R2): the writer, and a number that it never uses twice.
struct WriteId {
  HolderId writer{};
  std::uint64_t number = 0;
  auto operator<=>(const WriteId&) const = default;
};

/// Asks the holder to hand over, to anybody or to one pod.
struct SwitchoverRequest {
  std::optional<PodName> to{};
  bool operator==(const SwitchoverRequest&) const = default;
};

/// What the Lease says, the cluster's memory. Written by the holder alone while it is held (R1).
struct Record {
  std::optional<HolderId> holder{};  ///< nothing: released
  Member last{};                     ///< the holder's pod and data; after a release the releaser's
  std::string node{};                ///< where it runs or ran, for people (R19)
  std::uint32_t transitions = 0;     ///< how often the holder changed
  Duration duration{};               ///< the holder's lease duration, whole seconds
  std::optional<SystemId> system_id{};  ///< there: the cluster was initialised (R7)
  Timeline timeline{};                  ///< the highest number ever claimed (R29)
  Lsn flushed{};                        ///< of the holder when it wrote
  std::optional<Lsn> final{};           ///< the releaser's last position (R27)
  std::vector<Member> candidates{};     ///< who may take over (R16)
  WriteId write{};
  std::optional<PodName> successor{};  ///< named by a release: goes first (R27)
  std::optional<SwitchoverRequest> switchover{};
  bool paused = false;        ///< no pod takes over from another by itself
  std::string synchronous{};  ///< the synchronous rule in force, kept as it is (R20)
  /// An annotation could not be read. Only the holder acts on such a record: it writes it again
  /// from memory. To all others it is held, and nobody is listed.
  bool damaged = false;
  bool operator==(const Record&) const = default;

  [[nodiscard]] bool lists(const Member& member) const;
};

/// The API server's name for one state of the object: compared for equality only, never ordered.
struct ResourceVersion {
  std::string text{};
  bool operator==(const ResourceVersion&) const = default;
};
/// The object's own UID: another one after it was deleted and created again.
struct ObjectUid {
  std::string text{};
  bool operator==(const ObjectUid&) const = default;
};

/// A record and which state of which object it is: what a compare-and-swap needs.
struct Sighting {
  Record record{};
  ResourceVersion version{};
  ObjectUid uid{};
  bool operator==(const Sighting&) const = default;
};

/// What a write replaces: the state that was judged (R1). Nothing: the object must not exist.
struct Base {
  ResourceVersion version{};
  ObjectUid uid{};
  bool operator==(const Base&) const = default;
};

[[nodiscard]] bool contains(const std::vector<Member>& members, const Member& member);
void add(std::vector<Member>& members, const Member& member);  ///< once
void take_off(std::vector<Member>& members, const Member& member);

}  // namespace core::elected
