#pragma once

#include <string_view>

namespace postgres {

/// PID 1's own role in static mode: SUPERUSER, on the socket only, its password is
/// PGDATA/pgordinal.key.
inline constexpr std::string_view session_role_name = "pgordinal";

}  // namespace postgres
