#pragma once

#include <string>

#include "postgres/sql.hpp"
#include "runtime/long_run.hpp"

namespace runtime {

/// The two roles of static mode: PID 1's own, with a new key for password, and the replication
/// role.
struct ClusterRoles {
  std::string key;  ///< for write_key(), once the statements took effect
  postgres::sql::Statements
      statements;     ///< one a line, to be run in database postgres; may be repeated
  std::string proof;  ///< a query: one row where the statements have taken effect
};
[[nodiscard]] Outcome<ClusterRoles> cluster_roles(const core::Settings& settings);

/// Durably. From here on the directory counts as one with our role
/// (core::directory::Cluster::session_key).
[[nodiscard]] Outcome<> write_key(const core::Settings& settings, const std::string& key);

}  // namespace runtime
