#pragma once

#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include "core/decision.hpp"

/// What scenarios start from: settings of one pod, and the facts as short words.
namespace scenarios {

using namespace std::chrono_literals;

using core::Duration;
using core::Instant;
using core::LongKind;
using core::Ordinal;
using core::Reason;
using core::Role;
using core::ServerPhase;
using core::StopMode;
using core::action::Shutdown;
using core::peer::Refusal;
using core::peer::Silence;
using core::peer::WithoutData;

namespace action = core::action;
namespace directory = core::directory;
namespace peer = core::peer;
namespace server = core::server;

/// The cluster of all scenarios, and one that has nothing to do with it.
inline constexpr core::SystemId our_cluster{7301234567890123456};
inline constexpr core::SystemId foreign_cluster{7999999999999999999};
inline const std::string image_major = "17";

[[nodiscard]] core::Settings standalone();
/// Static mode, three members, as the pod of that name.
[[nodiscard]] core::Settings static_pod(const std::string& name);

[[nodiscard]] directory::Content empty();
[[nodiscard]] directory::Content unfinished(directory::Bootstrap kind);
/// A cluster of ours, shut down, adopted: nothing stands in the way of its start.
[[nodiscard]] directory::Cluster cluster();
/// The same as a standby left it.
[[nodiscard]] directory::Cluster standby_cluster();
/// The same as clone_from makes it.
[[nodiscard]] directory::Cluster cluster_to_promote();
[[nodiscard]] directory::Content unusable(std::string what, std::string remedy);

[[nodiscard]] peer::Answer serves(core::SystemId id = our_cluster);
/// What a primary may say instead, each with the reason that names the wait for it.
[[nodiscard]] std::vector<std::pair<peer::Answer, Reason>> does_not_serve();
[[nodiscard]] core::ExitStatus exit_code(int code);
[[nodiscard]] core::ExitStatus killed_by(int signal);

}  // namespace scenarios
