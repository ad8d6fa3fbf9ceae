#include "runtime/configure.hpp"

#include <charconv>
#include <cstdlib>
#include <string_view>

#include "log/log.hpp"
#include "postgres/access.hpp"
#include "postgres/capacities.hpp"
#include "postgres/conf_text.hpp"
#include "postgres/control_file.hpp"
#include "postgres/durability.hpp"
#include "postgres/files.hpp"
#include "postgres/generated_conf.hpp"
#include "postgres/layout.hpp"
#include "runtime/observe.hpp"

namespace runtime {
namespace {

namespace fs = std::filesystem;
namespace layout = postgres::layout;
using postgres::Problem;

constexpr mode_t private_file = 0600;
constexpr int syncfs_since = 14;  ///< of PostgreSQL: recovery_init_sync_method

/// Of the image's programs; 0 where nobody knows.
int major_of(const Context& context) {
  const std::string major = program_major(context);
  int number = 0;
  std::from_chars(major.data(), major.data() + major.size(), number);
  return number;
}

/// The configuration files that the user's command line names; default: those in PGDATA.
struct UsersFiles {
  fs::path conf;
  fs::path hba;
  postgres::Parameters parameters;  ///< of the file, overlaid by the command line
};

UsersFiles users_files(const Context& context) {
  const fs::path pgdata = context.settings.official.pgdata;
  const postgres::Parameters args = postgres::parameters_on(context.server_args);
  const auto on_command_line = args.find("config_file");
  UsersFiles files{.conf = on_command_line == args.end() ? pgdata / "postgresql.conf"
                                                         : fs::path(on_command_line->second),
                   .hba = pgdata / "pg_hba.conf",
                   .parameters = {}};
  files.parameters = postgres::parameters_of(files.conf);
  for (const auto& [name, value] : args)
    files.parameters.insert_or_assign(name, value);
  if (const auto hba = files.parameters.find("hba_file"); hba != files.parameters.end()) {
    files.hba = pgdata / hba->second;  // an absolute path replaces pgdata
  }
  return files;
}

std::expected<void, Problem> write(const fs::path& file, std::string_view text) {
  const auto written = postgres::write_file_atomically(file, text, private_file);
  if (!written) return std::unexpected(written.error());
  return {};
}

/// The include, reached from the user's postgresql.conf, or from a main file of ours where his lies
/// elsewhere and may be read-only.
std::expected<void, Problem> write_settings(const Context& context, const UsersFiles& files,
                                            core::Role role, std::optional<core::Ordinal> follow,
                                            Configured& configured) {
  const core::Settings& settings = context.settings;
  const fs::path pgdata = settings.official.pgdata;
  postgres::IncludeFacts facts{
      .role = role,
      .upstream = {},
      .pgdata = pgdata,
      .user = files.parameters,
      .volume_bytes = postgres::volume_size(pgdata),
      .syncs_by_file_system =
          major_of(context) >= syncfs_since && postgres::syncfs_reports_errors(),
  };
  if (follow) {
    facts.upstream = postgres::Upstream{.address = settings.cluster.identity->address(*follow),
                                        .port = server_port(context)};
  }
  if (auto done = write(pgdata / layout::include_conf, postgres::render_include(settings, facts));
      !done)
    return done;
  if (files.conf == pgdata / "postgresql.conf") {
    const auto text = postgres::read_file(files.conf);
    if (!text) return std::unexpected(text.error());
    return write(files.conf, postgres::with_block(text->value_or(""), postgres::include_block(),
                                                  postgres::BlockPlace::bottom));
  }
  configured.main_conf = pgdata / layout::main_conf;
  return write(configured.main_conf, postgres::render_main_conf(files.conf, pgdata));
}

/// A hot standby gets at least what its primary has, behind the user's arguments, which beat every
/// file. Where pg_control cannot be read the server itself says so.
void raise_capacities(const Context& context, core::Role role, const UsersFiles& files,
                      Configured& configured) {
  const fs::path pgdata = context.settings.official.pgdata;
  configured.wanted = postgres::capacities_of(
      {postgres::parameters_on(context.server_args),
       postgres::parameters_of(pgdata / "postgresql.auto.conf"),
       postgres::parameters_in(
           postgres::read_file(pgdata / layout::include_conf).value_or(std::nullopt).value_or("")),
       files.parameters});
  configured.capacities = configured.wanted;
  if (role != core::Role::standby || !context.settings.replication.hot_standby) return;
  const auto control = postgres::read_control_file(pgdata);
  if (!control) return;
  for (std::size_t at = 0; at < postgres::capacities.size(); ++at) {
    const std::uint32_t needed = control->capacities.at(at);
    if (configured.capacities.at(at) >= needed) continue;
    configured.capacities.at(at) = needed;
    configured.more_args.emplace_back("-c");
    configured.more_args.push_back(std::string(postgres::capacities.at(at).name) + "=" +
                                   std::to_string(needed));
  }
}

/// pg_hba.conf with our lines around the user's; in standalone mode without any.
std::string with_our_lines(std::string_view text, const core::Settings& settings) {
  const bool ours = core::has_members(settings.cluster.mode);
  const std::string first = ours ? postgres::hba_first_lines() : std::string{};
  const std::string last = ours ? postgres::hba_last_lines(settings) : std::string{};
  return postgres::with_block(postgres::with_block(text, first, postgres::BlockPlace::top), last,
                              postgres::BlockPlace::bottom);
}

/// A pg_hba.conf outside PGDATA is not ours to write: the server gets a copy.
std::expected<void, Problem> write_access(const Context& context, const UsersFiles& files,
                                          Configured& configured) {
  const fs::path pgdata = context.settings.official.pgdata;
  const auto text = postgres::read_file(files.hba);
  if (!text) return std::unexpected(text.error());
  const std::string wanted = with_our_lines(text->value_or(""), context.settings);
  if (wanted == text->value_or("")) return {};
  if (files.hba == pgdata / "pg_hba.conf") return write(files.hba, wanted);
  const fs::path copy = pgdata / "pgordinal.hba.conf";
  configured.more_args.insert(configured.more_args.end(), {"-c", "hba_file=" + copy.string()});
  return write(copy, wanted);
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), port);
  if (error != std::errc{} || end != text.end() || port == 0) return {};
  return port;
}

}  // namespace

Failure failure(const Problem& problem) {
  return Failure{.exit_code = 1, .message = problem.what + " " + problem.remedy};
}

Outcome<Configured> configure(const Context& context, core::Role role,
                              std::optional<core::Ordinal> follow) {
  Configured configured;
  const UsersFiles files = users_files(context);
  auto done = write_settings(context, files, role, follow, configured);
  if (done) done = write_access(context, files, configured);
  if (done && core::has_members(context.settings.cluster.mode)) {
    done = write(fs::path(context.settings.official.pgdata) / layout::passfile,
                 postgres::passfile(context.settings));
    raise_capacities(context, role, files, configured);
  }
  if (!done) return std::unexpected(failure(done.error()));
  return configured;
}

void say_whose_parameters(const Context& context) {
  const std::string origins =
      context.parameter_origins ? context.parameter_origins() : std::string{};
  if (origins.empty()) return;
  logs::event(logs::Level::warning, "server_did_not_start", {},
              "where PostgreSQL's message above names " + std::string(layout::include_conf) +
                  ", the value is one of [postgresql.parameters]: " + origins);
}

std::uint16_t server_port(const Context& context) {
  // In PostgreSQL's order: the command line, the last file that is included, which is ours, the
  // user's file.
  for (const postgres::Parameters& parameters :
       {postgres::parameters_on(context.server_args), context.settings.postgres.parameters,
        users_files(context).parameters}) {
    const auto port = parameters.find("port");
    if (port == parameters.end()) continue;
    if (const auto parsed = parse_port(port->second)) return *parsed;
  }
  return context.settings.official.port;
}

std::string parameter_in_force(const Context& context, const std::string& name) {
  const fs::path pgdata = context.settings.official.pgdata;
  for (const postgres::Parameters& parameters :
       {postgres::parameters_on(context.server_args),
        postgres::parameters_of(pgdata / "postgresql.auto.conf"),
        context.settings.postgres.parameters, users_files(context).parameters}) {
    const auto found = parameters.find(name);
    if (found != parameters.end()) return found->second;
  }
  return {};
}

std::vector<std::string> server_environment(const Context& context) {
  std::vector<std::string> kept;
  for (const std::string& entry : context.environment) {
    const bool secret = entry.starts_with("POSTGRES_") || entry.starts_with("PGORDINAL_") ||
                        entry.starts_with("PGPASSWORD=");
    if (!secret) kept.push_back(entry);
  }
  return kept;
}

}  // namespace runtime
