#pragma once

#include <expected>
#include <map>
#include <string>
#include <vector>

#include "postgres/session.hpp"

/// What configuration a running server has in force, and what it makes of its files: the statements
/// and what their rows mean. Pure.
namespace postgres {

struct InForce {
  std::string loaded;  ///< when its files were read last, as it writes it
  std::map<std::string, std::string> settings;
  std::vector<std::string> pending;  ///< changed in the files, waits for a restart; by name
};
/// For PID 1's own role. The values are for comparison alone: some hold passwords.
[[nodiscard]] std::string in_force_query();
[[nodiscard]] std::expected<InForce, std::string> parse_in_force(const Table& table);
/// Whose values differ, by name.
[[nodiscard]] std::vector<std::string> changed(const InForce& before, const InForce& after);

/// Mistakes in postgresql.conf, what it includes, and pg_hba.conf: a line for each.
[[nodiscard]] std::string file_errors_query();
[[nodiscard]] std::vector<std::string> parse_file_errors(const Table& table);

}  // namespace postgres
