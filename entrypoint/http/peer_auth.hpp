#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace http {

/// The cluster's secret, as every pod derived it: HMAC-SHA-256 keys of at least `shortest_key`
/// bytes. A shorter one proves nothing and counts as not there.
struct Keys {
  std::string current{};
  std::vector<std::string> former{};  ///< still accepted while a new secret is rolled out

  /// The usable ones, current first.
  [[nodiscard]] std::vector<std::string> usable() const;
};
inline constexpr std::size_t shortest_key = 16;

/// What a request's proof covers. `challenge` is the server's, used once and only on the connection
/// on which it was given; `nonce` is the client's. A recorded request so proves nothing again, and
/// one for another pod nothing here.
struct Asked {
  std::string challenge{};
  std::string nonce{};
  std::string method{};
  std::string target{};
  std::string pod{};  ///< whom the client means
  std::string body{};
};

/// Proofs are HMAC-SHA-256 in lower-case hexadecimal. Those of requests and of responses are never
/// the same.
[[nodiscard]] std::string prove_request(const std::string& key, const Asked& asked);
/// Covers the request as well, so a response belongs to that very request.
[[nodiscard]] std::string prove_response(const std::string& key, const Asked& asked, int status,
                                         std::string_view body);

/// Compares in a time that does not depend on where they differ.
[[nodiscard]] bool same_proof(std::string_view one, std::string_view other);

/// The key that made the request's proof. Nothing: none of ours did.
[[nodiscard]] std::optional<std::string> key_of(const Keys& keys, const Asked& asked,
                                                std::string_view proof);

}  // namespace http
