#pragma once

#include <cstdint>
#include <filesystem>

#include "core/facts.hpp"
#include "postgres/problem.hpp"
#include "runtime/long_run.hpp"

namespace runtime {

/// What `postgres` must be started with so that it reads what configure() wrote.
struct Configured {
  std::filesystem::path
      main_conf;  ///< replaces the user's `-c config_file`; empty where he gave none
  std::vector<std::string> more_args;           ///< appended to the user's arguments
  core::directory::Capacities wanted = {};      ///< what the settings ask for
  core::directory::Capacities capacities = {};  ///< the same, raised for a hot standby
};

/// Writes our settings for that role beside the user's: the include file and its marked block in
/// postgresql.conf; in static mode also our block in pg_hba.conf and the passfile. A file that is
/// right already is not touched. Called before each start of a server, the temporary one included,
/// and at a reload.
[[nodiscard]] Outcome<Configured> configure(const Context& context, core::Role role,
                                            std::optional<core::Ordinal> follow);

/// To be called where a server has not even started: PostgreSQL's own message names our include
/// file and not the user's, so whose value it was is for us to say. Says nothing where nobody gave
/// any.
void say_whose_parameters(const Context& context);

/// The port that this pod's server uses, and, every pod being configured alike, its peers': the
/// command line, the configuration, PGPORT, 5432.
[[nodiscard]] std::uint16_t server_port(const Context& context);

/// A parameter's value as the server is given it: the command line, ALTER SYSTEM, the settings, the
/// user's configuration. Empty where nobody gave one.
[[nodiscard]] std::string parameter_in_force(const Context& context, const std::string& name);

/// Our environment as PostgreSQL may see it: without POSTGRES_*, PGPASSWORD and PGORDINAL_* (K1,
/// contract clause 24).
[[nodiscard]] std::vector<std::string> server_environment(const Context& context);

/// A Problem of the volume as the failure of an action.
[[nodiscard]] Failure failure(const postgres::Problem& problem);

}  // namespace runtime
