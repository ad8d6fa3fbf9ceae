#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <vector>

namespace kubernetes {

/// Where the API server is and what we show it. The token is no part of it: it is read from its
/// file when it is needed, because kubelet replaces it (projected volume, once an hour).
struct Access {
  std::string host = {};
  std::uint16_t port = 443;
  std::string name_space = {};
  std::filesystem::path ca_file = {};
  std::filesystem::path token_file = {};
};

/// Where kubelet puts a service account's files (kubernetes.io, "Accessing the API from a Pod").
inline constexpr auto service_account = "/var/run/secrets/kubernetes.io/serviceaccount";

/// A pod's own access, from its environment (`NAME=value`) and the service account's directory. The
/// error says what is missing and what to do.
[[nodiscard]] std::expected<Access, std::string> in_cluster(
    const std::vector<std::string>& environment,
    const std::filesystem::path& directory = service_account);

/// What a file holds, without the line breaks at its end. The error is a sentence.
[[nodiscard]] std::expected<std::string, std::string> read_text(const std::filesystem::path& file);

}  // namespace kubernetes
