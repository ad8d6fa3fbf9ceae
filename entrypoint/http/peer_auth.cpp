#include "http/peer_auth.hpp"

#include <array>
#include <initializer_list>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace http {

namespace {

/// Every part with its length in front: no two lists of parts have the same text.
std::string joined(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const std::string_view part : parts)
    all += std::to_string(part.size()) + ":" + std::string(part);
  return all;
}

std::string mac(const std::string& key, const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, text.size(),
           digest.data(), &size) == nullptr)
    return {};  // equal to no proof
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) {
    hex += digits[digest.at(i) >> 4U];
    hex += digits[digest.at(i) & 15U];
  }
  return hex;
}

}  // namespace

std::vector<std::string> Keys::usable() const {
  std::vector<std::string> all;
  if (current.size() >= shortest_key) all.push_back(current);
  for (const std::string& key : former) {
    if (key.size() >= shortest_key) all.push_back(key);
  }
  return all;
}

std::string prove_request(const std::string& key, const Asked& asked) {
  return mac(key, joined({"pgordinal peer request 1", asked.challenge, asked.nonce, asked.method,
                          asked.target, asked.pod, asked.body}));
}

std::string prove_response(const std::string& key, const Asked& asked, int status,
                           std::string_view body) {
  return mac(key, joined({"pgordinal peer response 1", prove_request(key, asked),
                          std::to_string(status), body}));
}

bool same_proof(std::string_view one, std::string_view other) {
  return !one.empty() && one.size() == other.size() &&
         CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

std::optional<std::string> key_of(const Keys& keys, const Asked& asked, std::string_view proof) {
  for (const std::string& key : keys.usable()) {
    if (same_proof(prove_request(key, asked), proof)) return key;
  }
  return {};
}

}  // namespace http
