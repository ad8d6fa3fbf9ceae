#include "postgres/tools.hpp"

#include <charconv>
#include <system_error>

#include "postgres/access.hpp"
#include "postgres/data_directory.hpp"
#include "postgres/layout.hpp"

namespace postgres {
namespace {

using std::filesystem::path;

void append(Arguments& to, const Arguments& more) {
  to.insert(to.end(), more.begin(), more.end());
}

void set(Arguments& to, std::string_view name, std::string_view value) {
  to.emplace_back("-c");
  to.push_back(std::string(name) + "=" + std::string(value));
}

/// What every form of `postgres` begins with. A later -c wins over an earlier one.
Arguments postgres_command(const Arguments& leading, const path& pgdata, const Arguments& users,
                           const path& main_conf) {
  Arguments arguments{"postgres"};
  append(arguments, leading);
  append(arguments, users);
  append(arguments, {"-D", pgdata});
  if (!main_conf.empty()) set(arguments, "config_file", main_conf.native());
  return arguments;
}

bool take_number(std::string_view& text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

}  // namespace

Arguments initdb(const core::OfficialSettings& official, const Arguments& words) {
  Arguments arguments{"initdb", "--username=" + official.user, "--pwfile=/proc/self/fd/0"};
  if (!official.initdb_waldir.empty()) append(arguments, {"--waldir", official.initdb_waldir});
  append(arguments, words);
  // Behind the user's words: these three are not his to change.
  append(arguments, {"--no-sync", "-D", staging_directory(official.pgdata)});
  return arguments;
}

path initdb_waldir(const core::OfficialSettings& official, const Arguments& words) {
  std::string waldir = official.initdb_waldir;
  for (std::size_t index = 0; index < words.size(); ++index) {
    const std::string& word = words[index];
    if (word.starts_with("--waldir=")) waldir = word.substr(9);
    if (word.starts_with("-X") && word.size() > 2) waldir = word.substr(2);
    if ((word == "--waldir" || word == "-X") && index + 1 < words.size()) waldir = words[++index];
  }
  return waldir;
}

Arguments sync_only(const path& pgdata) {
  return {"initdb", "--sync-only", "-D", pgdata};
}

Arguments basebackup(const core::Settings& settings, const Upstream& from, std::string_view slot,
                     Sync sync) {
  const path pgdata = settings.official.pgdata;
  Arguments arguments{
      "pg_basebackup",     "-D",         staging_directory(pgdata), "-Fp", "-Xs",
      "--checkpoint=fast", "--progress", "--no-password",           "-S",  std::string(slot)};
  if (settings.replication.clone_max_rate_kib != 0) {
    arguments.push_back("--max-rate=" + std::to_string(settings.replication.clone_max_rate_kib) +
                        "k");
  }
  if (sync == Sync::later) arguments.emplace_back("--no-sync");
  // A later value of a key wins. Under the pod's own name the source would list, and maybe wait
  // for, a standby that is none yet.
  const std::string name = settings.cluster.identity ? settings.cluster.identity->pod().text : "";
  append(arguments, {"-d", primary_conninfo(settings, from, pgdata) +
                               " application_name=" + quote_conninfo(name + " clone")});
  return arguments;
}

Arguments rewind(const core::Settings& settings, const Upstream& from, const path& target,
                 const path& pgdata, bool dry_run) {
  Arguments arguments{"pg_rewind", "--target-pgdata", target, "--no-ensure-shutdown"};
  if (dry_run) arguments.emplace_back("--dry-run");
  const std::string name = settings.cluster.identity ? settings.cluster.identity->pod().text : "";
  // Its query for the source's list of files is short, and is estimated to be long: compiling it
  // (JIT) takes half a second each time.
  append(arguments, {"--source-server", primary_conninfo(settings, from, pgdata) +
                                            " dbname=postgres options='-c jit=off'"
                                            " application_name=" +
                                            quote_conninfo(name + " rewind")});
  return arguments;
}

// `  23456/234567 kB (10%), 0/1 tablespace (…)`, progress_report() of pg_basebackup.c.
std::optional<CloneProgress> parse_progress(std::string_view line) {
  while (line.starts_with(' '))
    line.remove_prefix(1);
  CloneProgress progress;
  if (!take_number(line, progress.done_kib) || !line.starts_with('/')) return std::nullopt;
  line.remove_prefix(1);
  if (!take_number(line, progress.total_kib) || !line.starts_with(" kB")) return std::nullopt;
  return progress;
}

Arguments server(const path& pgdata, const Arguments& users, const path& main_conf) {
  return postgres_command({}, pgdata, users, main_conf);
}

Arguments temporary_server(const path& pgdata, const Arguments& users,
                           const path& private_directory, const path& main_conf) {
  Arguments arguments = postgres_command({}, pgdata, users, main_conf);
  set(arguments, "listen_addresses", "");
  set(arguments, "unix_socket_directories", private_directory.native());
  set(arguments, "unix_socket_permissions", "0700");
  set(arguments, "hba_file", (private_directory / "pg_hba.conf").native());
  set(arguments, "fsync", "off");
  set(arguments, "synchronous_standby_names", "");
  return arguments;
}

Arguments single_user(const path& pgdata, const Arguments& users, const path& main_conf) {
  Arguments arguments = postgres_command({"--single"}, pgdata, users, main_conf);
  set(arguments, "exit_on_error", "on");
  set(arguments, "log_statement", "none");
  arguments.emplace_back("postgres");
  return arguments;
}

Arguments psql(const core::OfficialSettings& official, const path& file) {
  Arguments arguments{
      "psql",        "-v",          "ON_ERROR_STOP=1",
      "--username",  official.user, "--no-password",
      "--no-psqlrc", "--dbname",    official.database.empty() ? official.user : official.database};
  if (!file.empty()) append(arguments, {"-f", file});
  return arguments;
}

}  // namespace postgres
