#pragma once

#include <map>
#include <optional>
#include <string>

#include "config/given.hpp"
#include "config/load.hpp"

namespace config {

/// One load() in progress: what it reads and what it has found so far. Passed from step to step;
/// each step fills its part of `loaded.settings` and adds its problems to `given`.
struct Reading {
  const Input& input;
  Environment environment;
  GivenSettings given;
  Loaded loaded;
  /// Values that nobody gave and that are not the table's defaults either.
  std::map<Id, Effective> derived;
  bool superuser_password_known = true;  ///< false: its file could not be read, which has been said

  void derive(Id id, std::string value, std::string origin) {
    derived[id] = Effective{
        .key = full_name(key(id)), .value = std::move(value), .origin = std::move(origin)};
  }
  void show(std::string name, std::string value, std::string origin) {
    loaded.effective.push_back({std::move(name), std::move(value), std::move(origin)});
  }
};

/// The content of a secret's file, line breaks at its end and zero bytes dropped as the official
/// image's shell does. An unreadable file is a problem at `place`, and nothing is returned.
[[nodiscard]] std::optional<std::string> read_secret(Reading& reading, const std::string& path,
                                                     const Place& place, const std::string& name);

/// The official image's variables; each in `loaded.effective`.
void read_official(Reading& reading);
/// Mode, identity, and what depends on them in [cluster].
void read_cluster(Reading& reading);
/// [elected]. After read_cluster.
void read_elected(Reading& reading);
/// [replication], its password read or derived. After read_official and read_cluster.
void read_replication(Reading& reading);

/// The domain behind `name` in the text of /etc/hosts: `ns.svc` of `10.0.0.7 pg-0.ns.svc pg-0`.
/// Empty: none.
[[nodiscard]] std::string domain_in_hosts(std::string_view hosts_file, std::string_view name);

/// hex(HMAC-SHA256(key = the superuser's password, "pgordinal replication " + role)): the same on
/// every member, and of no use to find the superuser's password.
[[nodiscard]] std::string derived_password(std::string_view superuser_password,
                                           std::string_view role);

}  // namespace config
