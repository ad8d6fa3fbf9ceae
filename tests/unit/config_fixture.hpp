#pragma once

#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "config/load.hpp"

/// A container as load() sees it: standalone, with PGDATA and a password, and no configuration
/// file.
struct Container {
  std::map<std::string, std::string> environment{{"PGDATA", "/var/lib/postgresql/data"},
                                                 {"POSTGRES_PASSWORD", "pw"}};
  std::map<std::string, std::string> files;
  std::map<std::string, std::errc> broken_files;
  std::string host_name = "db";
  std::string hosts_file;
  std::optional<std::string> file;
  bool only_check = false;

  [[nodiscard]] config::Input input() const {
    return {.environment = {environment.begin(), environment.end()},
            .file = file,
            .host_name = host_name,
            .hosts_file = hosts_file,
            .read_file = [this](const std::string& path) { return read(path); },
            .only_check = only_check};
  }

  [[nodiscard]] std::expected<std::string, std::error_code> read(const std::string& path) const {
    if (const auto broken = broken_files.find(path); broken != broken_files.end())
      return std::unexpected(make_error_code(broken->second));
    if (const auto text = files.find(path); text != files.end()) return text->second;
    return std::unexpected(make_error_code(std::errc::no_such_file_or_directory));
  }

  [[nodiscard]] config::Loaded loaded() const {
    const auto result = config::load(input());
    if (result) return *result;
    for (const std::string& text : texts(result.error()))
      ADD_FAILURE() << text;
    return {};
  }

  [[nodiscard]] std::vector<std::string> problems() const {
    const auto result = config::load(input());
    return result ? std::vector<std::string>{} : texts(result.error());
  }

  static std::vector<std::string> texts(const std::vector<config::Problem>& problems) {
    std::vector<std::string> result;
    result.reserve(problems.size());
    for (const config::Problem& problem : problems)
      result.push_back(to_text(problem));
    return result;
  }
};

/// With this text as /etc/pgordinal/pgordinal.toml.
inline Container with_file(const std::string& text) {
  Container container;
  container.files["/etc/pgordinal/pgordinal.toml"] = text;
  return container;
}

/// Member N of a StatefulSet in Kubernetes.
inline Container member(const std::string& host_name) {
  Container container;
  container.host_name = host_name;
  container.hosts_file = "127.0.0.1\tlocalhost\n10.244.0.7\t" + host_name +
                         ".pgnodes.ns.svc.cluster.local\t" + host_name + "\n";
  return container;
}

inline const config::Effective* effective(const config::Loaded& loaded, std::string_view key) {
  for (const config::Effective& setting : loaded.effective) {
    if (setting.key == key) return &setting;
  }
  return nullptr;
}
