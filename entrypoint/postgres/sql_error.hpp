#pragma once

#include <string_view>

#include "postgres/session.hpp"

/// From libpq's texts to SqlError. Pure, so that the texts can be tested.
namespace postgres {

/// Of a connection that failed: PQerrorMessage with verbosity PQERRORS_VERBOSE, the only place
/// where libpq shows the SQLSTATE of a refused login.
[[nodiscard]] SqlError connection_error(std::string_view message);

/// Of a statement that the server refused.
[[nodiscard]] SqlError statement_error(std::string_view sqlstate, std::string_view primary,
                                       std::string_view detail);

}  // namespace postgres
