#pragma once

#include <string>

#include "core/status.hpp"

namespace http {

/// The page `/metrics`: Prometheus' text format 0.0.4. A fact that is not known has no line.
[[nodiscard]] std::string metrics(const core::Status& status);

}  // namespace http
