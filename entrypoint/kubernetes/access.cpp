#include "kubernetes/access.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string_view>

namespace kubernetes {

namespace {

std::string variable(const std::vector<std::string>& environment, std::string_view name) {
  for (const std::string& entry : environment) {
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=')
      return entry.substr(name.size() + 1);
  }
  return {};
}

}  // namespace

std::expected<std::string, std::string> read_text(const std::filesystem::path& file) {
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return std::unexpected("cannot read " + file.string() + ": " + std::strerror(errno));
  std::string text(std::istreambuf_iterator<char>(stream), {});
  while (text.ends_with('\n') || text.ends_with('\r'))
    text.pop_back();
  if (text.empty()) return std::unexpected(file.string() + " is empty");
  return text;
}

std::expected<Access, std::string> in_cluster(const std::vector<std::string>& environment,
                                              const std::filesystem::path& directory) {
  Access access{.host = variable(environment, "KUBERNETES_SERVICE_HOST"),
                .ca_file = directory / "ca.crt",
                .token_file = directory / "token"};
  const std::string port = variable(environment, "KUBERNETES_SERVICE_PORT");
  if (access.host.empty() || port.empty()) {
    return std::unexpected(
        "KUBERNETES_SERVICE_HOST or KUBERNETES_SERVICE_PORT is not set: this is no pod of "
        "Kubernetes");
  }
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), access.port);
  if (error != std::errc{} || end != port.data() + port.size() || access.port == 0)
    return std::unexpected("KUBERNETES_SERVICE_PORT is \"" + port + "\", expected a port's number");
  constexpr std::string_view remedy =
      ": give the pod a service account (serviceAccountName, automountServiceAccountToken: true)";
  const auto name_space = read_text(directory / "namespace");
  if (!name_space) return std::unexpected(name_space.error() + std::string(remedy));
  access.name_space = *name_space;
  for (const auto& file : {access.ca_file, access.token_file}) {
    if (const auto text = read_text(file); !text)
      return std::unexpected(text.error() + std::string(remedy));
  }
  return access;
}

}  // namespace kubernetes
