#pragma once

#include <string>
#include <string_view>

#include "core/status.hpp"
#include "http/server.hpp"

namespace http {

/// The page at `target`, a path with its query, of a pod in that state. Pure: it reads nothing but
/// the status. Probes (/livez, /readyz, /startupz), what load balancers that know Patroni ask
/// (/primary, /replica, ...), and /status and /cluster in JSON. An unknown path: 404.
[[nodiscard]] Page show(const core::Status& status, std::string_view target);

/// The value of a parameter in a target's query, `lag` in `/replica?lag=1MB&x`; percent signs stay
/// as they are. Nothing: it is not there.
[[nodiscard]] std::optional<std::string_view> parameter(std::string_view target,
                                                        std::string_view name);

}  // namespace http
