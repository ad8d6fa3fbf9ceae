
#include "config/reading.hpp"

/// The variables of the official `postgres` image, with its docker-entrypoint.sh's meaning (its
/// function file_env).
namespace config {
namespace {

const std::string* find(const Reading& reading, std::string_view name) {
  const auto entry = reading.environment.find(name);
  return entry == reading.environment.end() ? nullptr : &entry->second;
}

Place variable(std::string_view name) {
  return {.file = {}, .line = 0, .column = 0, .variable = std::string(name)};
}

void plain(Reading& reading, std::string_view name, std::string& target) {
  const std::string* text = find(reading, name);
  if (text != nullptr) target = *text;
  reading.show(std::string(name), target, text != nullptr ? to_text(variable(name)) : "default");
}

enum class Outcome : std::uint8_t { read, failed };

/// NAME, or the file that NAME_FILE names.
Outcome with_file(Reading& reading, std::string_view name, std::string& target,
                  bool secret = false) {
  const std::string file_variable = std::string(name) + "_FILE";
  const std::string* text = find(reading, name);
  const std::string* path = find(reading, file_variable);
  std::string origin = "default";
  if (text != nullptr && path != nullptr) {
    // The official script's very words, which people and tests look for.
    reading.given.mistake(problem_at(
        {}, {}, {}, {},
        "both " + std::string(name) + " and " + file_variable + " are set (but are exclusive)"));
    return Outcome::failed;
  }
  if (text != nullptr) {
    target = *text;
    origin = to_text(variable(name));
  } else if (path != nullptr) {
    auto content = read_secret(reading, *path, variable(file_variable), {});
    if (!content) return Outcome::failed;
    if (!content->empty()) target = std::move(*content);
    origin = "file " + *path + " (" + file_variable + ")";
  }
  reading.show(std::string(name), secret && !target.empty() ? "***" : target, origin);
  return Outcome::read;
}

void read_pgdata(Reading& reading) {
  std::string& pgdata = reading.loaded.settings.official.pgdata;
  plain(reading, "PGDATA", pgdata);
  constexpr std::string_view remedy =
      "set it to the data directory, as the official image does; it is never guessed";
  if (pgdata.empty() && reading.input.only_check) {
    reading.loaded.notes.emplace_back("PGDATA is not set here; a start needs it.");
  } else if (pgdata.empty()) {
    reading.given.mistake(
        problem_at(variable("PGDATA"), {}, "no value", "an absolute path", std::string(remedy)));
  } else if (!pgdata.starts_with('/')) {
    reading.given.mistake(
        problem_at(variable("PGDATA"), {}, in_quotes(pgdata), "an absolute path"));
  }
}

void read_port(Reading& reading) {
  std::string text = std::to_string(reading.loaded.settings.official.port);
  plain(reading, "PGPORT", text);
  const auto port = parse_integer(text);
  if (port && *port >= 1 && *port <= 65535) {
    reading.loaded.settings.official.port = static_cast<std::uint16_t>(*port);
  } else {
    reading.given.mistake(
        problem_at(variable("PGPORT"), {}, in_quotes(text), "a port from 1 to 65535"));
  }
}

/// What the Secret of statefulset.yaml holds until its reader changes it.
constexpr std::string_view placeholder_password = "REPLACE-THIS-PASSWORD";

/// POSTGRES_PASSWORD. A placeholder that everybody can look up is no password, also for a volume
/// that holds a cluster: the replication role's may be derived from it.
void read_password(Reading& reading) {
  std::string& password = reading.loaded.settings.official.password;
  reading.superuser_password_known =
      with_file(reading, "POSTGRES_PASSWORD", password, true) == Outcome::read;
  if (password != placeholder_password) return;
  reading.superuser_password_known = false;
  reading.given.mistake(problem_at({}, "POSTGRES_PASSWORD",
                                   "the placeholder that statefulset.yaml comes with",
                                   "a password of your own", "put one into the Secret"));
}

}  // namespace

std::optional<std::string> read_secret(Reading& reading, const std::string& path,
                                       const Place& place, const std::string& name) {
  reading.loaded.files.push_back(path);
  auto content = reading.input.read_file(path);
  if (!content) {
    reading.given.mistake(
        problem_at(place, name, {}, {},
                   "cannot read the file " + in_quotes(path) + ": " + content.error().message()));
    return std::nullopt;
  }
  std::erase(*content, '\0');
  content->erase(content->find_last_not_of('\n') + 1);
  return std::move(*content);
}

void read_official(Reading& reading) {
  core::OfficialSettings& official = reading.loaded.settings.official;
  read_pgdata(reading);
  with_file(reading, "POSTGRES_USER", official.user);
  read_password(reading);
  official.database = official.user;
  with_file(reading, "POSTGRES_DB", official.database);
  with_file(reading, "POSTGRES_INITDB_ARGS", official.initdb_args);
  plain(reading, "POSTGRES_INITDB_WALDIR", official.initdb_waldir);
  plain(reading, "POSTGRES_HOST_AUTH_METHOD", official.host_auth_method);
  plain(reading, "PG_MAJOR", official.major);
  read_port(reading);
}

}  // namespace config
