#include "runtime/init_library.hpp"

namespace runtime {
namespace {

constexpr std::string_view library = R"bash(
set -Eeo pipefail
exec {pgordinal_report}>&0 < /dev/null

# What errexit does, with one difference: bash 5.2 leaves a function without an error message about itself.
trap 'pgordinal_status=$?; if [[ $- == *e* ]]; then exit "$pgordinal_status"; fi' ERR

pgordinal_reports() { printf '%s\n' "$*" >&"$pgordinal_report"; }
pgordinal_says() { printf '%s: %s %s\n' "$0" "$1" "$2"; }
pgordinal_did() { printf >&2 '%s: %s: nothing to do, pgordinal has done this already\n' "$0" "$1"; }

# file_env NAME [DEFAULT]: exports NAME from itself, from the file that NAME_FILE names, or as DEFAULT.
file_env() {
  local name=$1 value=${2:-} file_name=${1}_FILE
  if [[ -n ${!name:-} && -n ${!file_name:-} ]]; then
    printf >&2 'error: both %s and %s are set (but are exclusive)\n' "$name" "$file_name"
    exit 1
  fi
  if [[ -n ${!name:-} ]]; then
    value=${!name}
  elif [[ -n ${!file_name:-} ]]; then
    value=$(< "${!file_name}")
  fi
  export "$name=$value"
  unset "$file_name"
}

# docker_process_sql [PSQL ARGUMENT…]: psql on the temporary server, in POSTGRES_DB where that is not empty.
docker_process_sql() {
  local -a command=(psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --no-password --no-psqlrc)
  if [[ -n ${POSTGRES_DB:-} ]]; then command+=(--dbname "$POSTGRES_DB"); fi
  PGHOST=$pgordinal_socket_directory PGHOSTADDR= "${command[@]}" "$@"
}

pgordinal_runs() {
  case $1 in
    *.sh) "$1"; return ;;
    *.sql) docker_process_sql -f "$1" ;;
    *.sql.gz) gunzip -c "$1" | docker_process_sql ;;
    *.sql.xz) xz -dc "$1" | docker_process_sql ;;
    *.sql.zst) zstd -dc "$1" | docker_process_sql ;;
  esac
  printf '\n'
}

docker_process_init_files() {
  psql=(docker_process_sql)
  local file
  printf '\n'
  for file in "$@"; do
    pgordinal_reports file "$file"
    if [[ $file == *.sh && ! -x $file ]]; then
      pgordinal_says sourcing "$file"
      # Not in a function of its own: what a file declares is there for the files after it.
      source "$file"
    elif [[ $file =~ \.(sh|sql|sql\.(gz|xz|zst))$ ]]; then
      pgordinal_says running "$file"
      pgordinal_runs "$file"
    else
      pgordinal_says ignoring "$file"
    fi
    printf '\n'
  done
}

docker_setup_env() {
  file_env POSTGRES_PASSWORD
  file_env POSTGRES_USER postgres
  file_env POSTGRES_DB "$POSTGRES_USER"
  file_env POSTGRES_INITDB_ARGS
  : "${POSTGRES_HOST_AUTH_METHOD:=}" "${DATABASE_ALREADY_EXISTS:=}"
}

docker_setup_db() {
  local wanted=$POSTGRES_DB found
  found=$(POSTGRES_DB= docker_process_sql --dbname postgres --set "db=$wanted" --no-align --tuples-only \
    <<< "SELECT 1 FROM pg_database WHERE datname = :'db';")
  if [[ -z $found ]]; then
    POSTGRES_DB= docker_process_sql --dbname postgres --set "db=$wanted" <<< 'CREATE DATABASE :"db";'
  fi
}

# A file may need a server that was started anew.
docker_temp_server_stop() { pg_ctl -D "$PGDATA" -m fast -w stop; }
docker_temp_server_start() {
  if [[ ${1:-} == postgres ]]; then shift; fi
  local more=
  if (( $# )); then printf -v more '%q ' "$@"; fi
  NOTIFY_SOCKET= pg_ctl -D "$PGDATA" -o "$more$pgordinal_server_options" -w start
}

_is_sourced() { [[ ${FUNCNAME[1]:-} == source ]]; }

_pg_want_help() {
  local word
  for word in "$@"; do
    case $word in
      -'?' | --help | --describe-config | -V | --version) return 0 ;;
    esac
  done
  return 1
}

docker_create_db_directories() { pgordinal_did "${FUNCNAME[0]}"; }
docker_init_database_dir() { pgordinal_did "${FUNCNAME[0]}"; }
docker_verify_minimum_env() { pgordinal_did "${FUNCNAME[0]}"; }
docker_error_old_databases() { pgordinal_did "${FUNCNAME[0]}"; }
pg_setup_hba_conf() { pgordinal_did "${FUNCNAME[0]}"; }
_main() { pgordinal_did "${FUNCNAME[0]}"; }

DATABASE_ALREADY_EXISTS=
: "${POSTGRES_HOST_AUTH_METHOD:=}"
docker_process_init_files "$@"
pgordinal_reports done
)bash";

}  // namespace

std::string shell_word(std::string_view text) {
  std::string word = "'";
  for (const char letter : text) {
    if (letter == '\'') {
      word += "'\\''";
    } else {
      word += letter;
    }
  }
  return word + "'";
}

std::string init_library(const std::filesystem::path& socket_directory,
                         const std::vector<std::string>& server_options) {
  std::string options;
  for (const std::string& option : server_options)
    options += shell_word(option) + " ";
  return "pgordinal_socket_directory=" + shell_word(socket_directory.string()) +
         "\npgordinal_server_options=" + shell_word(options) + std::string(library);
}

InitReport parse_init_report(std::string_view text) {
  constexpr std::string_view file = "file ";
  InitReport report;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.starts_with(file)) report.last_file = line.substr(file.size());
    report.done = line == "done";
  }
  return report;
}

}  // namespace runtime
